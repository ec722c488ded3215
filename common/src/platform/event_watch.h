/* Waiting for an event that mostly comes within microseconds. A sleep, and the call that ends it,
 * take some microseconds from either side. Where the last sleep was that short, the waiter watches
 * the word for a moment first; where it does so in vain, as on one processor, it soon stops. */
#ifndef FERRYI_PLATFORM_EVENT_WATCH_H
#define FERRYI_PLATFORM_EVENT_WATCH_H

#include "platform/event.h"

/* The record of a thread's waits so far; all zeros: none. */
typedef struct ferryi_watch {
    bool was_short;  /* the last sleep */
    uint32_t credit; /* times that watching may be in vain */
    uint32_t rest;   /* waits without it, until it is tried again */
} ferryi_watch;

/* Does what ferryi_event_wait does. */
bool ferryi_watch_wait(ferryi_watch *watch, ferryi_event event, int64_t timeout_ns);

#endif
