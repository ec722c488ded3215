/* How often each value occurs in a picture. Any thread; no state. */
#ifndef WEB_PICTURE_HISTOGRAM_H
#define WEB_PICTURE_HISTOGRAM_H

#include "picture/samples.h"

enum { HISTOGRAM_BINS_MAX = 65536, HISTOGRAM_THOUSANDTHS = 1000 };

/* The histogram that is asked for. Percentiles are in thousandths: 1 and 999 leave out one value in
 * a thousand at each end. */
typedef struct histogram_plan {
    uint32_t bins; /* 1 to HISTOGRAM_BINS_MAX */
    uint32_t low_thousandths, high_thousandths;
} histogram_plan;

/* All 0 where nothing was counted. */
typedef struct histogram_range {
    double min, max;
    double low, high; /* at most the thousandths have smaller values than low, at least those of
                         the high one have no larger value than high */
} histogram_range;

typedef struct histogram_component {
    const char *name; /* as in samples.h; those of Bayer are its colors: R, G, B */
    bool is_light;
    uint64_t count;  /* of values that were counted */
    double from, to; /* where the first bin begins and the last one ends; no value is at to */
    histogram_range range;
    uint32_t *bins;
} histogram_component;

/* Numbers of grayf32le that are not finite are not counted; bins go from the least to the greatest
 * one. A value above the most of its bits, which no sender should make, is in the last bin. */
typedef struct histogram {
    uint32_t count;
    histogram_component component[SAMPLES_COMPONENTS_MAX];
    uint32_t bin_count;    /* of each component */
    histogram_range light; /* of all components that say how light a pixel is, together */
    double most;           /* of these: 1 for floats, where that is white */
    bool is_float;
    uint32_t *memory;
} histogram;

/* Counts all values of a picture. pixels may lie in shared memory that others change. out needs no
 * value before; histogram_free frees what it gets. Returns FERRY_OK; FERRY_NOT_SUPPORTED (there are
 * no pixels), FERRY_INVALID_ARGUMENT and FERRY_NO_MEMORY, with a sentence, and then out is all
 * zeros. */
ferry_status histogram_make(const ferry_frame_info *info, const uint8_t *pixels,
                            const histogram_plan *plan, histogram *out, ferry_error *error);

/* All zeros are accepted. */
void histogram_free(histogram *h);

#endif
