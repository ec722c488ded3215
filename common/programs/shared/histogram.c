#include "shared/histogram.h"

/* The position of the highest bit that is set; value is not 0. */
static unsigned highest_bit(uint64_t value) {
    unsigned position = 0;
    for (unsigned step = 32; step != 0; step /= 2)
        if (value >> step != 0) {
            value >>= step;
            position += step;
        }
    return position;
}

/* Values with BITS + 1 bits or fewer have a bucket each; of longer ones the upper BITS + 1 count.
 */
static unsigned bucket_of(uint64_t value) {
    if (value < APP_HISTOGRAM_STEPS)
        return (unsigned)value;
    unsigned shift = highest_bit(value) - APP_HISTOGRAM_BITS;
    return shift * APP_HISTOGRAM_STEPS + (unsigned)(value >> shift);
}

/* The middle of what falls into a bucket. */
static uint64_t middle_of(unsigned bucket) {
    if (bucket < 2 * APP_HISTOGRAM_STEPS)
        return bucket;
    unsigned shift = bucket / APP_HISTOGRAM_STEPS - 1;
    uint64_t top = APP_HISTOGRAM_STEPS + bucket % APP_HISTOGRAM_STEPS;
    return (top << shift) + (UINT64_C(1) << (shift - 1));
}

void app_histogram_add(app_histogram *histogram, uint64_t value) {
    if (histogram->count == 0 || value < histogram->least)
        histogram->least = value;
    if (value > histogram->most)
        histogram->most = value;
    histogram->count++;
    histogram->bucket[bucket_of(value)]++;
}

uint64_t app_histogram_at(const app_histogram *histogram, unsigned thousandths) {
    uint64_t wanted = histogram->count / 1000 * thousandths +
                      (histogram->count % 1000 * thousandths + 999) / 1000;
    uint64_t seen = 0;
    if (wanted == 0)
        return histogram->least;
    for (unsigned i = 0; i < APP_HISTOGRAM_BUCKETS; i++) {
        seen += histogram->bucket[i];
        if (seen < wanted)
            continue;
        uint64_t value = middle_of(i);
        if (value < histogram->least)
            return histogram->least;
        return value < histogram->most ? value : histogram->most;
    }
    return histogram->most;
}
