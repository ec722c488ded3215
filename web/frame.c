#include "frame.h"

#include <stdlib.h>
#include <string.h>

#include <frameferry/clock.h>

/* A slot that is held for so long is copied: a producer has others meanwhile, and most readers are
 * done. */
#define COPY_AFTER_NS (FERRY_SECOND_NS / 4)
/* And for so long no reader keeps it. */
#define RELEASE_AFTER_NS (3 * FERRY_SECOND_NS / 2)

/* ---- slots ---- */

static void forget_slot(source *s, const frame *f) {
    unsigned at = 0;
    while (s->held[at] != f)
        at++;
    s->held_count--;
    memmove(&s->held[at], &s->held[at + 1], (s->held_count - at) * sizeof s->held[0]);
}

/* With the lock. Any status but FERRY_OK says that the pixels were overwritten while they were
 * held: then the copy is worth nothing either. */
static void release_slot(frame *f) {
    source *s = f->source;
    ferry_status status = ferry_consumer_release(s->consumer, &f->slot);
    forget_slot(s, f);
    f->source = NULL;
    if (status != FERRY_OK || !f->has_copy)
        f->is_lost = true;
}

/* ---- copies ---- */

static void free_copy(frame *f) {
    store *s = f->store;
    store_give_room(s, f->copy_bytes);
    if (f->is_leaving)
        s->leaving_bytes -= f->copy_bytes;
    ferry_image_free(&f->copy);
    f->has_copy = f->is_leaving = false;
    store_remove(s, &f->item);
}

static bool is_wanted(const frame *f) {
    return f->references > f->spares;
}

/* ---- for the store ---- */

static bool is_spare(const store_item *item) {
    return !is_wanted((const frame *)item);
}

static void give_up(store_item *item) {
    frame *f = (frame *)item;
    f->is_lost = true;
    if (f->copy_readers == 0)
        free_copy(f);
    else if (!f->is_leaving) {
        f->is_leaving = true;
        f->store->leaving_bytes += f->copy_bytes;
    }
}

/* ---- making copies ---- */

/* With the lock. */
static void add_copy(frame *f, const ferry_image *image, size_t bytes) {
    f->copy = *image;
    f->copy_bytes = bytes;
    f->has_copy = true;
    f->item.is_spare = is_spare;
    f->item.give_up = give_up;
    store_add(f->store, &f->item);
}

/* Copies a frame that is in hand. It stays readable in the slot meanwhile. */
static void make_copy(frame *f, store_need need) {
    ferry_image image = FERRY_IMAGE_INIT;
    size_t bytes = f->info.length_bytes;
    store_lock(f->store);
    bool has_room = store_take_room(f->store, bytes, need);
    store_unlock(f->store);
    if (has_room && ferry_image_reserve(&image, bytes) == FERRY_OK)
        memcpy(image.pixels, f->slot.pixels, bytes);
    store_lock(f->store);
    if (image.pixels != NULL)
        add_copy(f, &image, bytes);
    else if (has_room)
        store_give_room(f->store, bytes);
    store_unlock(f->store);
}

/* ---- a frame's life ---- */

frame *frame_of_slot(source *s, const ferry_frame *slot) {
    frame *f = calloc(1, sizeof *f);
    if (f == NULL)
        return NULL;
    f->store = s->store;
    f->info = slot->info;
    f->generation = slot->generation;
    f->taken_ns = ferry_clock_ns();
    f->references = 1;
    f->source = s;
    f->slot = *slot;
    store_lock(s->store);
    s->held[s->held_count++] = f;
    store_unlock(s->store);
    return f;
}

frame *frame_of_copy(store *s, ferry_image *copy) {
    frame *f = calloc(1, sizeof *f);
    if (f == NULL)
        return NULL;
    f->store = s;
    f->info = copy->info;
    f->generation = copy->generation;
    f->taken_ns = ferry_clock_ns();
    f->references = 1;
    store_lock(s);
    bool has_room = store_take_room(s, copy->capacity_bytes, STORE_WANTED);
    if (has_room)
        add_copy(f, copy, copy->capacity_bytes);
    store_unlock(s);
    if (!has_room) {
        free(f);
        return NULL;
    }
    *copy = (ferry_image)FERRY_IMAGE_INIT;
    return f;
}

void frame_keep_locked(frame *f) {
    f->references++;
}

void frame_drop_locked(frame *f) {
    if (--f->references > 0)
        return;
    if (f->source != NULL)
        release_slot(f);
    if (f->has_copy)
        free_copy(f);
    if (f->forget_encodings != NULL)
        f->forget_encodings(f);
    free(f);
}

void frame_keep_spare_locked(frame *f) {
    f->spares++;
    frame_keep_locked(f);
}

void frame_drop_spare_locked(frame *f) {
    f->spares--;
    frame_drop_locked(f);
}

void frame_hand_out_locked(frame *f) {
    frame_keep_locked(f);
    if (f->has_copy) {
        store_remove(f->store, &f->item);
        store_add(f->store, &f->item);
    }
}

void frame_keep(frame *f) {
    store_lock(f->store);
    frame_keep_locked(f);
    store_unlock(f->store);
}

void frame_drop(frame *f) {
    store *s = f->store;
    store_lock(s);
    frame_drop_locked(f);
    store_unlock(s);
}

/* ---- reading ---- */

bool frame_begin_reading(frame *f, reading *r) {
    store_lock(f->store);
    bool is_there = !f->is_lost;
    if (is_there && f->has_copy) {
        *r = (reading){.pixels = f->copy.pixels};
        f->copy_readers++;
    } else if (is_there) {
        *r = (reading){.pixels = f->slot.pixels, .source = f->source};
        f->slot_readers++;
        f->source->readers++;
    }
    store_unlock(f->store);
    return is_there;
}

static void leave_slot(frame *f, source *s) {
    s->readers--;
    if (s->readers == 0)
        ferryi_condition_broadcast(s->left);
    f->slot_readers--;
    /* The copy has been made while this one was reading. */
    if (f->slot_readers == 0 && f->source != NULL && f->has_copy && !f->is_moving)
        release_slot(f);
}

read_result frame_end_reading(frame *f, reading *r) {
    store_lock(f->store);
    bool was_whole = r->source == NULL || f->source != NULL;
    if (r->source != NULL)
        leave_slot(f, r->source);
    else {
        f->copy_readers--;
        if (f->is_lost && f->copy_readers == 0 && f->has_copy)
            free_copy(f);
    }
    read_result result = f->is_lost ? READ_LOST : was_whole ? READ_WELL : READ_AGAIN;
    store_unlock(f->store);
    return result;
}

bool frame_read(frame *f, uint64_t at, void *out, size_t bytes) {
    reading r;
    read_result result = READ_AGAIN;
    while (result == READ_AGAIN) {
        if (!frame_begin_reading(f, &r))
            return false;
        memcpy(out, r.pixels + at, bytes);
        result = frame_end_reading(f, &r);
    }
    return result == READ_WELL;
}

/* ---- a source ---- */

/* One that has been copied, or cannot be, waits for its readers only. */
static uint64_t due_ns(const frame *f) {
    return f->taken_ns + (f->was_copied ? RELEASE_AFTER_NS : COPY_AFTER_NS);
}

uint64_t source_next_ns(const source *s) {
    uint64_t next = UINT64_MAX;
    for (unsigned i = 0; i < s->held_count; i++)
        if (due_ns(s->held[i]) < next)
            next = due_ns(s->held[i]);
    return next;
}

/* Copies a frame and gives its slot back: at once when nobody reads there, or with must. One that
 * found no room as a spare one is tried again then. With the lock, which is given meanwhile. */
static void move(frame *f, bool must) {
    store_need need = is_wanted(f) ? STORE_WANTED : STORE_SPARE;
    frame_keep_locked(f);
    if (!f->was_copied || (must && !f->has_copy)) {
        f->is_moving = true;
        store_unlock(f->store);
        make_copy(f, need);
        store_lock(f->store);
        f->is_moving = false;
        f->was_copied = true;
    }
    if (f->source != NULL && (must || (f->has_copy && f->slot_readers == 0)))
        release_slot(f);
    frame_drop_locked(f);
}

static frame *find_due(const source *s, uint64_t now_ns) {
    for (unsigned i = 0; i < s->held_count; i++)
        if (now_ns >= due_ns(s->held[i]))
            return s->held[i];
    return NULL;
}

void source_relieve(source *s, uint64_t now_ns) {
    frame *f = NULL;
    store_lock(s->store);
    while ((f = find_due(s, now_ns)) != NULL)
        move(f, now_ns - f->taken_ns >= RELEASE_AFTER_NS);
    store_unlock(s->store);
}

/* The oldest in whose slot nobody reads, or else the oldest. */
static frame *find_spare(const source *s) {
    for (unsigned i = 0; i < s->held_count; i++)
        if (s->held[i]->slot_readers == 0)
            return s->held[i];
    return s->held[0];
}

void source_limit(source *s, unsigned slots) {
    store_lock(s->store);
    while (s->held_count > slots)
        move(find_spare(s), true);
    store_unlock(s->store);
}

void source_leave(source *s) {
    source_limit(s, 0);
    store_lock(s->store);
    while (s->readers > 0)
        ferryi_condition_wait(s->left, s->store->lock);
    store_unlock(s->store);
}
