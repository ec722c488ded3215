#include "sources/http_clock.h"

#include <stddef.h>

#include <frameferry/clock.h>

#define SECOND_NS ((uint64_t)FERRY_SECOND_NS)
/* Clocks count from the start of a machine: this is 73 years, and sums of two stay in 64 bits. */
#define TIME_MAX_NS ((uint64_t)1 << 61)

/* Returns how far a sample may be off, some time after it was taken. */
static int64_t error_at(const http_clock_sample *s, uint64_t now_ns) {
    uint64_t age_ns = now_ns > s->at_ns ? now_ns - s->at_ns : 0;
    return s->error_ns + (int64_t)(age_ns / (1000000 / HTTP_CLOCK_DRIFT_PPM));
}

static bool is_current(const http_clock_sample *s, uint64_t now_ns) {
    return s->at_ns != 0 && s->at_ns + HTTP_CLOCK_SAMPLES * SECOND_NS > now_ns;
}

static const http_clock_sample *best(const http_clock *clock, uint64_t now_ns) {
    const http_clock_sample *found = NULL;
    for (size_t i = 0; i < HTTP_CLOCK_SAMPLES; i++) {
        const http_clock_sample *s = &clock->samples[i];
        if (is_current(s, now_ns) &&
            (found == NULL || error_at(s, now_ns) < error_at(found, now_ns)))
            found = s;
    }
    return found;
}

/* Whether two cannot both be right. */
static bool contradict(const http_clock_sample *a, const http_clock_sample *b, uint64_t now_ns) {
    int64_t apart_ns =
        a->offset_ns > b->offset_ns ? a->offset_ns - b->offset_ns : b->offset_ns - a->offset_ns;
    return apart_ns > error_at(a, now_ns) + error_at(b, now_ns);
}

/* Half of a sum or difference that may be odd or negative. */
static int64_t half(int64_t value) {
    return value / 2;
}

void http_clock_note(http_clock *clock, uint64_t asked_ns, uint64_t received_ns, uint64_t sent_ns,
                     uint64_t answered_ns) {
    if (asked_ns > answered_ns || received_ns > sent_ns || answered_ns > TIME_MAX_NS ||
        sent_ns > TIME_MAX_NS || sent_ns - received_ns > answered_ns - asked_ns)
        return;
    http_clock_sample made = {
        .at_ns = answered_ns,
        .offset_ns = half((int64_t)received_ns - (int64_t)asked_ns) +
                     half((int64_t)sent_ns - (int64_t)answered_ns),
        /* and 1 for the halves */
        .error_ns = half((int64_t)(answered_ns - asked_ns) - (int64_t)(sent_ns - received_ns)) + 1};
    const http_clock_sample *other = best(clock, answered_ns);
    if (other != NULL && contradict(&made, other, answered_ns))
        *clock = (http_clock){.samples = {{.at_ns = 0}}};
    http_clock_sample *place = &clock->samples[answered_ns / SECOND_NS % HTTP_CLOCK_SAMPLES];
    bool is_same_second = place->at_ns / SECOND_NS == answered_ns / SECOND_NS;
    if (place->at_ns == 0 || !is_same_second || made.error_ns <= error_at(place, answered_ns))
        *place = made;
}

int64_t http_clock_error_ns(const http_clock *clock, uint64_t now_ns) {
    const http_clock_sample *s = best(clock, now_ns);
    return s == NULL ? INT64_MAX : error_at(s, now_ns);
}

uint64_t http_clock_map(const http_clock *clock, uint64_t theirs_ns, uint64_t now_ns) {
    const http_clock_sample *s = best(clock, now_ns);
    if (s == NULL || theirs_ns == 0 || theirs_ns > TIME_MAX_NS ||
        error_at(s, now_ns) > HTTP_CLOCK_ERROR_MAX_NS)
        return 0;
    int64_t ours_ns = (int64_t)theirs_ns - s->offset_ns;
    if (ours_ns < 1)
        return 1; /* before this machine was started */
    return (uint64_t)ours_ns < now_ns ? (uint64_t)ours_ns : now_ns;
}
