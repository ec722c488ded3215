/* Scaling by stb_image_resize. */
#ifndef FERRYI_IMAGE_STB_RESIZE_H
#define FERRYI_IMAGE_STB_RESIZE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum ferryi_stb_sample {
    FERRYI_STB_BYTE,
    FERRYI_STB_WORD, /* of 16 bits, aligned */
    FERRYI_STB_FLOAT /* of 32 bits, aligned */
} ferryi_stb_sample;

/* What a group of samples is. */
typedef struct ferryi_stb_group {
    ferryi_stb_sample sample;
    int count; /* 1 to 4 */
    int alpha; /* which of four weighs the others: 0 or 3; -1: none */
} ferryi_stb_group;

/* Rows of groups. The distance from row to row is a multiple of the size of a sample. */
typedef struct ferryi_stb_rows {
    uint8_t *first;
    int32_t width, height, stride_bytes;
} ferryi_stb_rows;

/* Makes to, whose size says how large it is to be, from from, which is only read and may change
 * meanwhile. What becomes smaller is averaged, what becomes larger interpolated linearly, in each
 * direction by itself. Returns false if memory is out. */
bool ferryi_stb_resize(const ferryi_stb_group *group, const ferryi_stb_rows *from,
                       const ferryi_stb_rows *to);

#endif
