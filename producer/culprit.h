/* Finds the consumer that holds up the stream or makes others lose frames, from how long frames
 * wait for a slot and from what consumers want and hold at that time. Each consumer is named once.
 * For the main thread.
 *
 * A source without a pace may wait for consumers: only one that does not advance is worth a
 * warning. With paced frames, or frames of another program, a slow consumer delays all others, and
 * the warning comes after a second. */
#ifndef PRODUCER_CULPRIT_H
#define PRODUCER_CULPRIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <frameferry/frameferry.h>

/* Consumers that have been warned of; more come and go only in very long streams, and may be warned
 * of again. */
#define CULPRIT_KNOWN_MAX (2 * FERRY_MAX_CONSUMERS)

typedef struct culprit_known {
    uint32_t process_id;
    char name[FERRY_CONSUMER_NAME_MAX + 1];
} culprit_known;

typedef struct culprit {
    uint32_t slots;
    bool has_pace; /* of its own, or that of another program */

    uint64_t window_ns; /* since when waiting has been measured; 0: not yet */
    uint64_t held_ns;   /* how long frames have waited since then */
    uint64_t still_ns;  /* how long the frame that waits now has waited */
    uint64_t total_ns;  /* how long frames have waited in all */
    uint64_t spoke_ns;  /* when a consumer was named last; 0: none was */
    culprit_known known[CULPRIT_KNOWN_MAX];
    size_t known_count; /* ever; the table is a ring */
} culprit;

/* One call that was to put a frame into the channel. */
typedef struct culprit_call {
    uint64_t begin_ns;
    uint64_t end_ns;
    ferry_status status; /* FERRY_OK, FERRY_TIMEOUT or FERRY_FULL; others are ignored */
} culprit_call;

void culprit_init(culprit *c, uint32_t slots, bool has_pace);

/* To be called after each such call, with the consumers as they are now. Returns the one to warn
 * of, which is in the list, or NULL. Says nothing. */
const ferry_consumer_info *culprit_find(culprit *c, const culprit_call *call,
                                        const ferry_consumer_info *list, size_t count);

/* As culprit_find for a call that ends now, with a warning. */
void culprit_watch(culprit *c, ferry_producer *producer, uint64_t begin_ns, ferry_status status);

/* Says how long the stream was held up in all, if anybody was warned of for that. */
void culprit_conclude(const culprit *c);

#endif
