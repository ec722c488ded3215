/* The frames of one channel, from one producer after the other, for the thread that has it. */
#ifndef WEB_TAP_H
#define WEB_TAP_H

#include <stdbool.h>
#include <stdint.h>

#include <frameferry/status.h>

#include "frame.h"
#include "shared/share.h"

/* Starts as all zeros but for source.store and source.left. */
typedef struct tap {
    source source;
    bool is_attached;
    bool copies_only; /* there are too few slots to hold any */
    unsigned hold_limit;
} tap;

/* Makes the consumer of a channel, which is not attached, in source.consumer. */
ferry_status tap_open(tap *t, const char *channel, const app_share *share, ferry_error *error);

/* Waits for the newest frame, and for a producer, until a time on ferry_clock_ns; 0: looks once. On
 * FERRY_OK the frame is in *taken, with a reference. Else as ferry_consumer_attach and
 * ferry_consumer_acquire; attaching may have taken all the time, which is FERRY_TIMEOUT then. */
ferry_status tap_take(tap *t, uint64_t until_ns, frame **taken, ferry_error *error);

/* Where slots are scarce, gives all of them back. */
void tap_ease(tap *t);

/* Ends what is left of a stream: gives all slots back, and attaches anew at the next call. */
void tap_leave(tap *t);

#endif
