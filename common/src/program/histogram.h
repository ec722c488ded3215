/* How values are distributed, in memory that does not grow: a count for each of 32 steps between
 * one power of two and the next. A value that is read out is within a thirty-second part of the
 * true one, and values below 64 are true. */
#ifndef FERRYI_HISTOGRAM_H
#define FERRYI_HISTOGRAM_H

#include <stdint.h>

enum {
    FERRYI_HISTOGRAM_BITS = 5, /* 2^5 steps */
    FERRYI_HISTOGRAM_STEPS = 1 << FERRYI_HISTOGRAM_BITS,
    FERRYI_HISTOGRAM_BUCKETS = (65 - FERRYI_HISTOGRAM_BITS) * FERRYI_HISTOGRAM_STEPS
};

/* Starts as all zeros. */
typedef struct ferryi_histogram {
    uint64_t count;
    uint64_t least, most; /* the true ones */
    uint64_t bucket[FERRYI_HISTOGRAM_BUCKETS];
} ferryi_histogram;

void ferryi_histogram_add(ferryi_histogram *histogram, uint64_t value);

/* The value that so many thousandths of all values do not exceed: 500 for the median, 990 for the
 * 99th percentile (the nearest rank). 0 when there are none. */
uint64_t ferryi_histogram_at(const ferryi_histogram *histogram, unsigned thousandths);

#endif
