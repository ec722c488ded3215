#include "store.h"

bool store_open(store *s, size_t limit_bytes) {
    *s = (store){.lock = ferryi_lock_new(), .limit_bytes = limit_bytes};
    return s->lock != NULL;
}

void store_close(store *s) {
    ferryi_lock_free(s->lock);
}

void store_lock(store *s) {
    ferryi_lock_take(s->lock);
}

void store_unlock(store *s) {
    ferryi_lock_give(s->lock);
}

void store_add(store *s, store_item *item) {
    item->older = s->newest;
    item->newer = NULL;
    *(s->newest != NULL ? &s->newest->newer : &s->oldest) = item;
    s->newest = item;
}

void store_remove(store *s, store_item *item) {
    *(item->older != NULL ? &item->older->newer : &s->oldest) = item->newer;
    *(item->newer != NULL ? &item->newer->older : &s->newest) = item->older;
    item->older = item->newer = NULL;
}

/* bytes is at most the limit. */
static bool has_room(const store *s, size_t bytes) {
    return s->used_bytes - s->leaving_bytes <= s->limit_bytes - bytes;
}

static void give_oldest_up(store *s, size_t bytes, bool also_wanted) {
    store_item *next = NULL;
    for (store_item *i = s->oldest; i != NULL && !has_room(s, bytes); i = next) {
        next = i->newer;
        if (also_wanted || i->is_spare(i))
            i->give_up(i);
    }
}

/* A copy in which somebody reads at this moment goes when the reader has left: that much, and for
 * so long, the limit may be exceeded. */
bool store_take_room(store *s, size_t bytes, store_need need) {
    if (bytes > s->limit_bytes)
        return false;
    give_oldest_up(s, bytes, false);
    if (need == STORE_WANTED)
        give_oldest_up(s, bytes, true);
    if (!has_room(s, bytes))
        return false;
    s->used_bytes += bytes;
    return true;
}

void store_give_room(store *s, size_t bytes) {
    s->used_bytes -= bytes;
}
