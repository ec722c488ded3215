/* The memory of the server for all channels, under one lock: frames, their encodings, and the
 * tickets of those who wait. The lock is held for moments only. It may be held while a connection
 * is resumed, and never while pixels are copied or encoded. */
#ifndef WEB_STORE_H
#define WEB_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/inside.h"

/* Something whose room can be had back, in a list by age. */
typedef struct store_item {
    struct store_item *older, *newer;
    /* Both with the lock. give_up may take the item out of the list. */
    bool (*is_spare)(const struct store_item *item); /* nobody waits for it at this moment */
    void (*give_up)(struct store_item *item);
} store_item;

typedef struct store {
    ferryi_lock *lock;
    size_t used_bytes;    /* by copies of frames, and by what has been encoded */
    size_t leaving_bytes; /* of these, in copies that go as soon as their readers have left */
    size_t limit_bytes;
    store_item *oldest, *newest;
} store;

/* Returns false without memory. */
bool store_open(store *s, size_t limit_bytes);
void store_close(store *s);

void store_lock(store *s);
void store_unlock(store *s);

/* All with the lock. An added item is the newest. */
void store_add(store *s, store_item *item);
void store_remove(store *s, store_item *item);

typedef enum store_need {
    STORE_SPARE,  /* for something that nobody waits for yet */
    STORE_WANTED, /* for something that somebody waits for */
} store_need;

/* Both with the lock. Takes room for bytes. Where there is none, spare items are given up, the
 * oldest first, and then, for what is wanted, the others. False: there is no room all the same. */
bool store_take_room(store *s, size_t bytes, store_need need);
void store_give_room(store *s, size_t bytes);

#endif
