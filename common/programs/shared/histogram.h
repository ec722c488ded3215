/* How values are distributed, in memory that does not grow: a count for each of 32 steps between
 * one power of two and the next. A value that is read out is within a thirty-second part of the
 * true one, and values below 64 are true. */
#ifndef APP_HISTOGRAM_H
#define APP_HISTOGRAM_H

#include <stdint.h>

enum {
    APP_HISTOGRAM_BITS = 5, /* 2^5 steps */
    APP_HISTOGRAM_STEPS = 1 << APP_HISTOGRAM_BITS,
    APP_HISTOGRAM_BUCKETS = (65 - APP_HISTOGRAM_BITS) * APP_HISTOGRAM_STEPS
};

/* Starts as all zeros. */
typedef struct app_histogram {
    uint64_t count;
    uint64_t least, most; /* the true ones */
    uint64_t bucket[APP_HISTOGRAM_BUCKETS];
} app_histogram;

void app_histogram_add(app_histogram *histogram, uint64_t value);

/* The value that this many thousandths of all values do not exceed: 500 for the median, 990 for the
 * 99th percentile (the nearest rank). 0 when there are none. */
uint64_t app_histogram_at(const app_histogram *histogram, unsigned thousandths);

#endif
