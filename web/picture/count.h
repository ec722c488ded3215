/* Counting the values of a picture: the loops below histogram.c. */
#ifndef WEB_PICTURE_COUNT_H
#define WEB_PICTURE_COUNT_H

#include "picture/samples.h"

typedef struct count_picture {
    const ferry_frame_info *info;
    const uint8_t *pixels;
    const samples *samples;
    ferry_layout layout;
} count_picture;

/* Adds one to counts[component * length + value] for every value; length is 256 for bytes, 65536
 * for words. The components of Bayer are R, G and B. */
void count_values(const count_picture *picture, uint32_t *counts, size_t length);

/* ---- floats: each has a key, which grows with the number ---- */

typedef struct count_ends {
    uint64_t count; /* of finite numbers; the others are not counted */
    double min, max;
} count_ends;

/* Counts the upper 16 bits of keys. */
count_ends count_upper_halves(const count_picture *picture, uint32_t *counts);

/* The number of a rank, from 1 on, in the order of their size. */
typedef struct count_rank {
    uint64_t rank; /* then: among those with its upper half */
    uint32_t upper;
    uint32_t *counts; /* of lower halves */
} count_rank;

/* Finds the upper half of the number, and its rank among those that have it. */
void count_find_half(count_rank *r, const uint32_t *counts, size_t length);

/* Counts the lower halves of numbers that share their upper half with one of the two ranks, and all
 * numbers in bins of equal width between two numbers. */
void count_lower_halves(const count_picture *picture, const count_rank ranks[2], double from,
                        double to, uint32_t *bins, uint32_t bin_count);

/* The number of that rank; otherwise where the pixels have changed meanwhile. */
double count_number(const count_rank *r, double otherwise);

#endif
