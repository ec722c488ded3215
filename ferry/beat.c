#include "beat.h"

#include <stdlib.h>
#include <string.h>

#include <frameferry/clock.h>

void beat_begin(beat *b, uint64_t now_ns) {
    b->begin_ns = now_ns;
    b->all_begin_ns = now_ns;
}

/* Room for one more. Returns the array; NULL: no memory, and it is as it was. */
static void *grow(void *array, size_t used, size_t *capacity, size_t bytes) {
    if (used < *capacity)
        return array;
    size_t wanted = *capacity == 0 ? 256 : 2 * *capacity;
    void *grown = realloc(array, wanted * bytes);
    if (grown != NULL)
        *capacity = wanted;
    return grown;
}

static bool add_interval(beat *b, uint64_t interval_ns) {
    uint64_t *grown = grow(b->interval_ns, b->intervals, &b->capacity, sizeof *grown);
    if (grown == NULL)
        return false;
    b->interval_ns = grown;
    b->interval_ns[b->intervals++] = interval_ns;
    return true;
}

static bool add_span(beat *b, uint64_t ns, uint64_t frames) {
    beat_span *grown = grow(b->span, b->spans, &b->span_capacity, sizeof *grown);
    if (grown == NULL)
        return false;
    b->span = grown;
    b->span[b->spans++] = (beat_span){ns, frames};
    return true;
}

static bool add_time(beat *b, const ferry_frame_info *newest) {
    uint64_t frames = newest->number - b->last.number;
    if (newest->publish_ns < b->last.publish_ns)
        return true;
    uint64_t ns = newest->publish_ns - b->last.publish_ns;
    return frames == 1 ? add_interval(b, ns) : add_span(b, ns, frames);
}

/* Frames that its source has lost between two. */
static uint64_t lost_between(const ferry_frame_info *a, const ferry_frame_info *b) {
    bool has_both = (a->flags & b->flags & FERRY_FRAME_HAS_SEQUENCE) != 0;
    if (!has_both || b->sequence <= a->sequence)
        return 0;
    uint64_t by_source = b->sequence - a->sequence, by_number = b->number - a->number;
    /* A frame that the producer dropped has a number of the source only. */
    uint64_t known = by_number + (b->dropped > a->dropped ? b->dropped - a->dropped : 0);
    return by_source > known ? by_source - known : 0;
}

bool beat_note(beat *b, const ferry_frame_info *newest) {
    bool is_fine = true;
    if (b->has_last && newest->number <= b->last.number)
        return true;
    if (!b->has_first) {
        b->first = *newest;
        b->has_first = true;
    } else {
        b->seen++;
    }
    if (!b->has_all_first) {
        b->all_first = *newest;
        b->has_all_first = true;
    }
    if (b->has_last) {
        is_fine = add_time(b, newest);
        b->lost += lost_between(&b->last, newest);
    }
    b->last = *newest;
    b->has_last = true;
    return is_fine;
}

static int compare(const void *a, const void *b) {
    uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
    return left < right ? -1 : left > right;
}

/* Of sorted values: the nearest rank. */
static uint64_t value_at(const uint64_t *values, size_t count, unsigned thousandths) {
    size_t rank = (count * thousandths + 999) / 1000;
    return values[rank > 0 ? rank - 1 : 0];
}

static void measure_jitter(beat *b, beat_figures *out) {
    size_t count = b->intervals;
    if (count == 0)
        return;
    qsort(b->interval_ns, count, sizeof *b->interval_ns, compare);
    uint64_t period_ns = value_at(b->interval_ns, count, 500);
    for (size_t i = 0; i < count; i++) {
        uint64_t interval_ns = b->interval_ns[i];
        out->gaps += interval_ns > period_ns + period_ns / 2;
        app_histogram_add(&b->period, interval_ns);
        b->interval_ns[i] =
            interval_ns > period_ns ? interval_ns - period_ns : period_ns - interval_ns;
        app_histogram_add(&b->jitter, b->interval_ns[i]);
    }
    qsort(b->interval_ns, count, sizeof *b->interval_ns, compare);
    out->has_jitter = true;
    out->period_ns = period_ns;
    out->p50_ns = value_at(b->interval_ns, count, 500);
    out->p99_ns = value_at(b->interval_ns, count, 990);
    out->most_ns = b->interval_ns[count - 1];
    b->intervals = 0;
}

/* Where several frames took longer than they should have, at least one of them came late, by all
 * of that if it was one. */
static void find_hidden_gaps(beat *b, beat_figures *out) {
    uint64_t period_ns = out->has_jitter ? out->period_ns : app_histogram_at(&b->period, 500);
    for (size_t i = 0; i < b->spans && period_ns > 0; i++) {
        const beat_span *s = &b->span[i];
        if (s->frames > UINT64_MAX / period_ns || s->ns <= s->frames * period_ns)
            continue;
        uint64_t late_ns = s->ns - s->frames * period_ns;
        if (late_ns <= period_ns / 2)
            continue;
        out->gaps++;
        if (late_ns > out->most_ns)
            out->most_ns = late_ns;
    }
    b->spans = 0;
}

static void measure_rate(const ferry_frame_info *first, const ferry_frame_info *last,
                         beat_figures *out) {
    out->frames = last->number - first->number;
    out->dropped = last->dropped > first->dropped ? last->dropped - first->dropped : 0;
    out->has_rate = out->frames > 0 && last->publish_ns > first->publish_ns;
    if (out->has_rate)
        out->fps =
            (double)out->frames * FERRY_SECOND_NS / (double)(last->publish_ns - first->publish_ns);
}

void beat_take(beat *b, uint64_t now_ns, beat_figures *out) {
    memset(out, 0, sizeof *out);
    out->seconds = (double)(now_ns - b->begin_ns) / FERRY_SECOND_NS;
    out->seen = b->seen;
    out->lost = b->lost;
    if (b->has_first)
        measure_rate(&b->first, &b->last, out);
    measure_jitter(b, out);
    find_hidden_gaps(b, out);
    if (out->most_ns > b->all.most_ns)
        b->all.most_ns = out->most_ns;
    b->all.seen += out->seen;
    b->all.lost += out->lost;
    b->all.gaps += out->gaps;
    b->begin_ns = now_ns;
    b->first = b->last;
    b->has_first = b->has_last;
    b->seen = 0;
    b->lost = 0;
}

void beat_sum_up(beat *b, uint64_t now_ns, beat_figures *out) {
    beat_figures rest;
    beat_take(b, now_ns, &rest);
    *out = b->all;
    out->seconds = (double)(now_ns - b->all_begin_ns) / FERRY_SECOND_NS;
    if (b->has_all_first)
        measure_rate(&b->all_first, &b->last, out);
    out->has_jitter = b->jitter.count > 0;
    out->period_ns = app_histogram_at(&b->period, 500);
    out->p50_ns = app_histogram_at(&b->jitter, 500);
    out->p99_ns = app_histogram_at(&b->jitter, 990);
}

void beat_free(beat *b) {
    free(b->interval_ns);
    free(b->span);
    b->interval_ns = NULL;
    b->span = NULL;
}
