/* Frames that are kept for a while, so that pixels of the very frame that somebody sees can be
 * asked for: a few of all channels. */
#ifndef WEB_KEPT_H
#define WEB_KEPT_H

#include <stdbool.h>
#include <stdint.h>

#include <frameferry/channel.h>

#include "frame.h"
#include "store.h"

#define KEPT_MAX 4

typedef struct kept_one {
    char channel[FERRY_NAME_MAX + 16];
    frame *frame; /* NULL: there is none */
    uint64_t used_ns;
} kept_one;

/* Starts as all zeros but for the store. */
typedef struct kept {
    store *store;
    kept_one ones[KEPT_MAX];
} kept;

/* Keeps a frame, in the place of the one that has not been used for longest. */
void kept_add(kept *k, const char *channel, frame *f);

/* The frame of that number, of that generation unless it is NULL, with a reference; NULL: there is
 * none. */
frame *kept_find(kept *k, const char *channel, uint64_t number, const uint64_t *generation);

/* Drops those that have not been used for a minute. Returns whether there are others. */
bool kept_sweep(kept *k);

void kept_drop_all(kept *k);

#endif
