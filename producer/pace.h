/* A steady pace, by reckoning alone: it neither sleeps nor looks at a clock.
 *
 * Frame number `frame` of a round is due at begin_ns plus its share of the round, which has
 * rate.frames frames in rate.seconds seconds. Nothing but whole rounds is ever added up, so that no
 * rounding adds up either. */
#ifndef PRODUCER_PACE_H
#define PRODUCER_PACE_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/parse.h"

typedef struct pace {
    app_rate rate;     /* frames == 0: every frame is due at once */
    uint64_t begin_ns; /* 0: no frame has been sent yet */
    uint64_t frame;
} pace;

/* The time at which the next frame is due, on the clock of pace_take; 0: at once. */
uint64_t pace_due_ns(const pace *p);

/* Takes note that the frame that is due is sent now. One that is late by more than a whole period
 * begins a new reckoning: time that was lost is not made up for by frames in a bunch. */
void pace_take(pace *p, uint64_t now_ns);

#endif
