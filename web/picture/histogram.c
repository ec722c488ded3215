#include "picture/histogram.h"

#include "picture/count.h"

#include <stdlib.h>

#include "host/inside.h"

/* ---- sums ---- */

/* Of how many values the rank is: so many are to be smaller than a low percentile. */
static uint64_t rank_of(uint64_t count, uint32_t thousandths) {
    return count / HISTOGRAM_THOUSANDTHS * thousandths +
           count % HISTOGRAM_THOUSANDTHS * thousandths / HISTOGRAM_THOUSANDTHS;
}

/* The values from 0 on that counts[] has, of several components together. */
typedef struct table {
    const uint32_t *counts[SAMPLES_COMPONENTS_MAX];
    size_t parts, length;
} table;

static uint64_t count_at(const table *t, size_t value) {
    uint64_t count = 0;
    for (size_t i = 0; i < t->parts; i++)
        count += t->counts[i][value];
    return count;
}

static histogram_range range_of(const table *t, uint64_t count, const histogram_plan *plan) {
    histogram_range range = {0};
    if (count == 0)
        return range;
    const uint64_t low = rank_of(count, plan->low_thousandths);
    const uint64_t high = rank_of(count, plan->high_thousandths);
    uint64_t below = 0;
    bool has_low = false, has_high = false;
    for (size_t value = 0; value < t->length; value++) {
        const uint64_t here = count_at(t, value);
        if (here == 0)
            continue;
        if (below == 0)
            range.min = (double)value;
        range.max = (double)value;
        below += here;
        if (!has_low && (below > low || below == count)) {
            range.low = (double)value;
            has_low = true;
        }
        if (!has_high && below >= high) {
            range.high = (double)value;
            has_high = true;
        }
    }
    return range;
}

/* ---- values that are whole numbers ---- */

static void fill_bins(histogram_component *c, const uint32_t *counts, size_t length,
                      uint32_t bins) {
    const uint64_t values = (uint64_t)c->to;
    for (size_t value = 0; value < length; value++) {
        uint64_t bin = value * bins / values;
        c->bins[bin < bins ? bin : bins - 1] += counts[value];
    }
}

static void sum_up(histogram *h, const samples *s, const uint32_t *counts, size_t length,
                   const histogram_plan *plan) {
    table light = {.length = length};
    uint64_t light_count = 0;
    for (size_t i = 0; i < h->count; i++) {
        histogram_component *c = &h->component[i];
        const table own = {{counts + i * length}, 1, length};
        c->to = samples_most(s, &s->component[i < s->count ? i : 0]) + 1;
        for (size_t value = 0; value < length; value++)
            c->count += own.counts[0][value];
        c->range = range_of(&own, c->count, plan);
        fill_bins(c, own.counts[0], length, plan->bins);
        if (c->is_light) {
            light.counts[light.parts++] = own.counts[0];
            light_count += c->count;
            h->most = c->to - 1 > h->most ? c->to - 1 : h->most;
        }
    }
    h->light = range_of(&light, light_count, plan);
}

static ferry_status count_whole(histogram *h, const count_picture *picture,
                                const histogram_plan *plan) {
    const size_t length = picture->samples->kind == SAMPLES_BYTE ? 256 : 65536;
    uint32_t *counts = calloc(h->count * length, sizeof *counts);
    if (counts == NULL)
        return FERRY_NO_MEMORY;
    count_values(picture, counts, length);
    sum_up(h, picture->samples, counts, length, plan);
    free(counts);
    return FERRY_OK;
}

/* ---- floats ---- */

/* Counts the keys of all numbers by their upper halves first. Then it is known in which of these
 * the percentiles are, and where bins begin and end. */
static ferry_status count_floats(histogram *h, const count_picture *picture,
                                 const histogram_plan *plan) {
    enum { HALF = 65536 };
    uint32_t *upper = calloc(3 * HALF, sizeof *upper);
    if (upper == NULL)
        return FERRY_NO_MEMORY;
    histogram_component *c = &h->component[0];
    count_ends ends = count_upper_halves(picture, upper);
    c->count = ends.count;
    if (c->count > 0) {
        const uint64_t low = rank_of(c->count, plan->low_thousandths);
        const uint64_t high = rank_of(c->count, plan->high_thousandths);
        count_rank ranks[2] = {{.rank = low + 1 < c->count ? low + 1 : c->count},
                               {.rank = high > 0 ? high : 1}};
        for (size_t i = 0; i < 2; i++) {
            count_find_half(&ranks[i], upper, HALF);
            ranks[i].counts = upper + (i + 1) * HALF;
        }
        c->from = ends.min;
        c->to = ends.max;
        count_lower_halves(picture, ranks, c->from, c->to, c->bins, plan->bins);
        c->range = (histogram_range){ends.min, ends.max, count_number(&ranks[0], ends.min),
                                     count_number(&ranks[1], ends.max)};
    }
    h->light = c->range;
    h->most = 1;
    free(upper);
    return FERRY_OK;
}

/* ---- a picture ---- */

static void name_components(histogram *h, const samples *s) {
    static const char *const colors[] = {"R", "G", "B"};
    h->count = s->colors != NULL ? 3 : s->count;
    h->is_float = s->kind == SAMPLES_FLOAT;
    for (size_t i = 0; i < h->count; i++) {
        histogram_component *c = &h->component[i];
        c->name = s->colors != NULL ? colors[i] : s->component[i].name;
        c->is_light = s->colors != NULL || samples_is_light(&s->component[i]);
        c->bins = h->memory + i * h->bin_count;
    }
}

static ferry_status check_plan(const histogram_plan *plan, ferry_error *error) {
    if (plan->bins < 1 || plan->bins > HISTOGRAM_BINS_MAX)
        return ferryi_fail(error, FERRY_INVALID_ARGUMENT, 0, "bins are %lu; they are 1 to %d",
                           (unsigned long)plan->bins, HISTOGRAM_BINS_MAX);
    if (plan->low_thousandths > HISTOGRAM_THOUSANDTHS ||
        plan->high_thousandths > HISTOGRAM_THOUSANDTHS)
        return ferryi_fail(error, FERRY_INVALID_ARGUMENT, 0,
                           "a percentile is more than all of the values");
    return FERRY_OK;
}

ferry_status histogram_make(const ferry_frame_info *info, const uint8_t *pixels,
                            const histogram_plan *plan, histogram *out, ferry_error *error) {
    *out = (histogram){0};
    count_picture picture = {.info = info, .pixels = pixels};
    ferry_status status = check_plan(plan, error);
    if (status == FERRY_OK)
        status = samples_place(info, &picture.samples, &picture.layout, error);
    if (status != FERRY_OK)
        return status;
    out->bin_count = plan->bins;
    out->memory = calloc((size_t)SAMPLES_COMPONENTS_MAX * plan->bins, sizeof *out->memory);
    if (out->memory != NULL) {
        name_components(out, picture.samples);
        status =
            out->is_float ? count_floats(out, &picture, plan) : count_whole(out, &picture, plan);
    }
    if (out->memory != NULL && status == FERRY_OK)
        return FERRY_OK;
    histogram_free(out);
    return ferryi_fail(error, FERRY_NO_MEMORY, 0, "no memory to count the values of a frame");
}

void histogram_free(histogram *h) {
    free(h->memory);
    *h = (histogram){0};
}
