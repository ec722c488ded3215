/* Frames of channels for those who ask: one consumer for each channel that somebody looks at, and a
 * thread that has it. It takes a frame only when somebody waits for one, and always the newest.
 * Nobody has looked for two seconds: the consumer goes, and the channel costs nothing any more. */
#ifndef WEB_FEED_H
#define WEB_FEED_H

#include <stdbool.h>
#include <stdint.h>

#include <frameferry/channel.h>
#include <frameferry/status.h>

#include "frame.h"
#include "shared/share.h"
#include "store.h"

typedef struct feeds feeds;
struct feed;

/* One who waits for a frame. */
typedef struct ticket {
    /* The frame that is wanted: without has_after, the newest; with it, a newer one than this of
     * this generation, or any of another. */
    bool has_after, has_generation;
    uint64_t after, generation;
    uint64_t deadline_ns;

    /* Called once when the ticket is over, with the store's lock; may only wake somebody. */
    void (*wake)(void *argument);
    void *argument;

    /* Once it is over. FERRY_OK: frame, with a reference that is the asker's now. FERRY_TIMEOUT:
     * the time is over. Another one: why there is no frame, with a sentence. */
    bool is_over;
    ferry_status status;
    char message[504];
    frame *frame;

    struct feed *feed; /* until it is over */
    struct ticket *next;
    bool is_in_look, was_looked; /* the channel is being, or has been, looked at since it came */
} ticket;

/* Makes the feeds, none at first. NULL without memory. share stays the caller's. */
feeds *feeds_open(store *s, const app_share *share);

/* Ends them all. No ticket is waiting. NULL is accepted. */
void feeds_close(feeds *all);

/* Whether somebody looks at the channel, or has within the last moments: then it was there. */
bool feeds_is_looked_at(feeds *all, const char *name);

/* Begins to wait. False, without a call of wake: no memory, or no thread. */
bool feeds_ask(feeds *all, const char *name, ticket *t);

/* Waits no more; after it the ticket is over, and a frame is still in it. */
void feeds_cancel(feeds *all, ticket *t);

/* The newest frame that has been taken, with a reference, if it has this number, and this
 * generation unless that is NULL. NULL: it is another one. */
frame *feeds_find(feeds *all, const char *name, uint64_t number, const uint64_t *generation);

/* Frees what is left of feeds that have ended: now and then. Returns whether there are others. */
bool feeds_sweep(feeds *all);

/* How many channels are looked at, and frames that were taken from them. */
void feeds_get_counts(feeds *all, unsigned *active, uint64_t *taken);

#endif
