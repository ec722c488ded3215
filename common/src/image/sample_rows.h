/* Rows of groups of samples, as scaling has them. */
#ifndef FERRYI_IMAGE_SAMPLE_ROWS_H
#define FERRYI_IMAGE_SAMPLE_ROWS_H

#include <stddef.h>
#include <stdint.h>

typedef enum ferryi_sample {
    FERRYI_SAMPLE_BYTE,
    FERRYI_SAMPLE_WORD, /* of 16 bits, aligned */
    FERRYI_SAMPLE_FLOAT /* of 32 bits, aligned */
} ferryi_sample;

/* A group of samples: their type, their number, and which of them is alpha. */
typedef struct ferryi_sample_group {
    ferryi_sample sample;
    int count; /* 1 to 4 */
    int alpha; /* which of four weighs the others: 0 or 3; -1: none */
} ferryi_sample_group;

/* width groups in each of height rows. The distance from row to row is a multiple of the size of a
 * sample. */
typedef struct ferryi_sample_rows {
    uint8_t *first;
    int32_t width, height, stride_bytes;
} ferryi_sample_rows;

#endif
