/* A frame of a channel, for as long as somebody reads it.
 *
 * Its pixels lie in the slot of the channel at first (zero-copy), and move to a copy of this
 * process when the slot has been held for long. Readers do not notice: one that was reading in the
 * slot when it was given back is told so, and reads again. So a slow reader holds nothing but
 * memory of this process, which the store bounds. */
#ifndef WEB_FRAME_H
#define WEB_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <frameferry/consumer.h>

#include "store.h"

struct encoding;
typedef struct frame frame;

/* A consumer, and the frames whose slots it has in hand. */
typedef struct source {
    store *store;
    ferry_consumer *consumer;
    ferryi_condition *left;       /* signalled when the last reader has left its slots */
    frame *held[FERRY_MAX_SLOTS]; /* oldest first */
    unsigned held_count;
    unsigned readers; /* in slots, also in those that have been given back meanwhile */
} source;

struct frame {
    store_item item; /* while it has a copy */
    store *store;
    ferry_frame_info info;
    uint64_t generation;
    uint64_t taken_ns;
    unsigned references;
    unsigned spares; /* of these, references of places that have it ready for those who may ask */
    bool is_lost;    /* the pixels were overwritten, or given up: nothing may be made of them */

    source *source; /* whose slot has the pixels; NULL: they are in the copy, or lost */
    ferry_frame slot;
    unsigned slot_readers;

    bool has_copy;
    bool is_moving;  /* the copy is being made */
    bool was_copied; /* or there was no room for a copy */
    bool is_leaving; /* given up, and still being read */
    ferry_image copy;
    size_t copy_bytes; /* of the store's room */
    unsigned copy_readers;

    struct encoding *encodings; /* what has been made of it; encoding.h */
    void (*forget_encodings)(frame *f);
};

/* Makes a frame of one that a consumer has in hand; or of a copy, whose pixels it takes over. One
 * reference is the caller's. NULL: no memory, and what the caller had is the caller's still. */
frame *frame_of_slot(source *s, const ferry_frame *slot);
frame *frame_of_copy(store *s, ferry_image *copy);

/* Add and take away a reference. Without the last one, the frame is freed. */
void frame_keep(frame *f);
void frame_drop(frame *f);

/* The same, with the lock. */
void frame_keep_locked(frame *f);
void frame_drop_locked(frame *f);

/* The same, for a place that has the frame ready for those who may ask. With the lock. A frame
 * without other references is the first whose copy goes where there is no room. */
void frame_keep_spare_locked(frame *f);
void frame_drop_spare_locked(frame *f);

/* Adds the reference of one that has asked for the frame. Its copy is the newest again. With the
 * lock. */
void frame_hand_out_locked(frame *f);

typedef struct reading {
    const uint8_t *pixels;
    source *source; /* NULL: in the copy */
} reading;

/* Begins to read the pixels, which stay readable until frame_end_reading. The caller has a
 * reference. False: they are lost. */
bool frame_begin_reading(frame *f, reading *r);

/* READ_AGAIN: the slot was given back meanwhile, so that what has been read may be anything; begin
 * again. READ_LOST: it is of no use, and there will be no other. */
typedef enum read_result { READ_WELL, READ_AGAIN, READ_LOST } read_result;
read_result frame_end_reading(frame *f, reading *r);

/* Copies a part of the pixels to out. False: they are lost. */
bool frame_read(frame *f, uint64_t at, void *out, size_t bytes);

/* The time at which the oldest slot in hand is to be looked at again; UINT64_MAX: none is in hand.
 * With the lock. */
uint64_t source_next_ns(const source *s);

/* Copies the frames whose slots have been held for long, and gives these slots back; a slot in
 * which somebody reads only when it has been held for very long. For the source's own thread,
 * without the lock. */
void source_relieve(source *s, uint64_t now_ns);

/* Copies the oldest frames until at most this many slots are in hand. For the source's own thread,
 * without the lock. */
void source_limit(source *s, unsigned slots);

/* Gives all slots back, and waits until nobody reads in one: the consumer can be detached. For the
 * source's own thread, without the lock. */
void source_leave(source *s);

#endif
