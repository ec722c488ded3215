#include "kept.h"

#include <stdio.h>
#include <string.h>

#include <frameferry/clock.h>

#define KEPT_NS (60 * (uint64_t)FERRY_SECOND_NS)

/* ---- with the lock ---- */

static void clear(kept_one *one) {
    if (one->frame != NULL)
        frame_drop_spare_locked(one->frame);
    *one = (kept_one){.frame = NULL};
}

static kept_one *find_oldest(kept *k) {
    kept_one *oldest = &k->ones[0];
    for (unsigned i = 0; i < KEPT_MAX; i++)
        if (k->ones[i].frame == NULL || k->ones[i].used_ns < oldest->used_ns)
            oldest = &k->ones[i];
    return oldest;
}

void kept_add(kept *k, const char *channel, frame *f) {
    store_lock(k->store);
    kept_one *one = NULL;
    for (unsigned i = 0; i < KEPT_MAX; i++)
        if (k->ones[i].frame == f)
            one = &k->ones[i];
    if (one == NULL) {
        one = find_oldest(k);
        clear(one);
        snprintf(one->channel, sizeof one->channel, "%s", channel);
        one->frame = f;
        frame_keep_spare_locked(f);
    }
    one->used_ns = ferry_clock_ns();
    store_unlock(k->store);
}

frame *kept_find(kept *k, const char *channel, uint64_t number, const uint64_t *generation) {
    frame *found = NULL;
    store_lock(k->store);
    for (unsigned i = 0; i < KEPT_MAX && found == NULL; i++) {
        kept_one *one = &k->ones[i];
        if (one->frame == NULL || one->frame->is_lost || one->frame->info.number != number ||
            strcmp(one->channel, channel) != 0 ||
            (generation != NULL && one->frame->generation != *generation))
            continue;
        found = one->frame;
        frame_hand_out_locked(found);
        one->used_ns = ferry_clock_ns();
    }
    store_unlock(k->store);
    return found;
}

bool kept_sweep(kept *k) {
    bool has_others = false;
    uint64_t now_ns = ferry_clock_ns();
    store_lock(k->store);
    for (unsigned i = 0; i < KEPT_MAX; i++) {
        kept_one *one = &k->ones[i];
        if (one->frame != NULL && (one->frame->is_lost || now_ns - one->used_ns >= KEPT_NS))
            clear(one);
        has_others = has_others || one->frame != NULL;
    }
    store_unlock(k->store);
    return has_others;
}

void kept_drop_all(kept *k) {
    store_lock(k->store);
    for (unsigned i = 0; i < KEPT_MAX; i++)
        clear(&k->ones[i]);
    store_unlock(k->store);
}
