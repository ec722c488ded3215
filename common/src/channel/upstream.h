/* The other side of a consumer, as the receiving calls deal with it: a producer of this library,
 * which has a block, or a sender that knows only a convention of its own (dialect.h). Attaching
 * chooses; nothing else asks which of them it is. */
#ifndef FERRYI_CHANNEL_UPSTREAM_H
#define FERRYI_CHANNEL_UPSTREAM_H

#include <frameferry/consumer.h>

#include "platform/event_watch.h"

/* One look for a frame: FERRY_OK: taken. FERRY_TIMEOUT: none yet. FERRY_OVERTAKEN: look again at
 * once. Anything else is what the call returns. */
typedef ferry_status ferryi_attempt(ferry_consumer *consumer, void *target);

typedef struct ferryi_upstream {
    /* How the stream has ended, if it has. A frame that was published before may still be there:
     * the caller looks for one once more, after this. The acquiring thread's. */
    ferry_status (*look)(ferry_consumer *consumer);

    /* look costs no more than a look at memory and is made before each sleep; else it is made once
     * a slice. */
    bool looks_always;

    /* Whether the stream may have ended, from any thread; look says how. */
    bool (*may_have_ended)(ferry_consumer *consumer);

    /* Sleeps until something is announced: true; false after timeout_ns or for no reason. One
     * thread at a time. watch: the acquiring thread's, NULL for the one behind a pollable. */
    bool (*wait)(ferry_consumer *consumer, ferryi_watch *watch, int64_t timeout_ns);

    /* Copies the newest frame of a channel of one slot into a ferry_image. */
    ferryi_attempt *copy;

    /* Fills in head and dropped. Any thread. */
    void (*count)(const ferry_consumer *consumer, ferry_consumer_counters *out);

    /* Says what was refused: FERRY_MALFORMED. Called only if something was. The acquiring thread's.
     * NULL: nothing ever is. */
    ferry_status (*explain)(const ferry_consumer *consumer, ferry_error *error);
} ferryi_upstream;

/* That of a producer of this library. */
extern const ferryi_upstream ferryi_upstream_block;

#endif
