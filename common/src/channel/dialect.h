/* A dialect: the convention by which other programs share one picture, as the channel deals with
 * it. dialect/ has one file for each; dialects.c lists them, and nothing else of the channel knows
 * one by its name.
 *
 * A channel of a dialect has one slot, whose memory begins with what the other programs have in
 * theirs. A producer of ours puts the block behind that (geometry.h), so that consumers of this
 * library receive as from any channel, and other programs see what they always saw. An object
 * without block is that of a bare sender, from which a consumer receives by the dialect's own
 * means (upstream.h).
 *
 * Beside the object a dialect may have others, by which its programs wait for each other: events,
 * semaphores. These are the dialect's alone. */
#ifndef FERRYI_CHANNEL_DIALECT_H
#define FERRYI_CHANNEL_DIALECT_H

#include <frameferry/consumer.h>
#include <frameferry/producer.h>

#include "channel/object_names.h"

typedef struct ferryi_objects ferryi_objects; /* objects.h */

typedef struct ferryi_dialect {
    uint32_t id;          /* a ferry_dialect; never FERRY_DIALECT_NATIVE */
    const char *name;     /* for sentences: "baseimage" */
    const char *constant; /* the same as programs write it: "FERRY_DIALECT_BASEIMAGE" */

    /* ---- names ---- */

    /* Fills in the names of what lies beside the object. channel is the channel's name as the
     * system wants it. */
    void (*name_beside)(ferryi_names *names, const char *channel);

    /* Removes what our producers made beside an object whose producer is dead: all of it when the
     * block says that it is theirs (FERRYI_MADE_EVENT), or only what nobody uses. Whether there was
     * something to remove. */
    bool (*remove_beside)(const ferryi_names *names);
    bool (*remove_unused_beside)(const ferryi_names *names);

    /* Whether there is something that these would remove, were it unused. A look for a moment. */
    bool (*is_left_beside)(const ferryi_names *names);

    /* ---- a producer of ours ---- */

    /* Checks what the options ask of a channel of this kind, and says what is in front of the block
     * of a new object: header and pixels. FERRY_INVALID_ARGUMENT. */
    ferry_status (*plan)(uint64_t *slot_bytes, const ferry_producer_options *options,
                         ferry_error *error);

    /* Opens the object that has the name of the frames, for writing, with the guard's watch. Writes
     * nothing into it. FERRY_NO_PRODUCER: nothing has the name. FERRY_FOREIGN: it may not be used;
     * that may take half a second. FERRY_NOT_ALLOWED and others: it cannot be opened. */
    ferry_status (*open_found)(ferryi_objects *objects, ferry_error *error);

    /* Whether the open object may still be used: the last look, before the first byte is written.
     */
    ferry_status (*check_found)(const ferryi_objects *objects, ferry_error *error);

    /* Makes, or opens, what lies beside the object, and notes in the block what was made:
     * a process that clears away goes by that. Sets objects->beside. */
    ferry_status (*open_beside)(ferryi_objects *objects, ferry_error *error);

    /* Tells the dialect's programs that a frame is there. From any thread that commits. */
    void (*announce)(ferry_producer *producer);

    /* About once a second: sees to it that the names beside the object stand, and adds to *relinked
     * those that were put back. Returns the ferry_name_bit of those that do not stand. */
    uint32_t (*keep_beside)(ferry_producer *producer, uint64_t *relinked);

    /* Removes what we made and have open beside the object, which has lost its name. */
    void (*remove_own_beside)(ferryi_objects *objects);

    /* Closes it. NULL in objects->beside is accepted. */
    void (*close_beside)(ferryi_objects *objects);

    /* ---- a consumer of ours, of a bare sender ---- */

    /* Completes and checks the options that speak of such a sender. FERRY_INVALID_ARGUMENT. */
    ferry_status (*read_options)(ferry_consumer_options *options, ferry_error *error);

    /* Attaches to the frames object that the consumer has open, whose block is nobody's, and sets
     * upstream and geometry. FERRY_FOREIGN: it is not of this kind. FERRY_NO_PRODUCER: a producer
     * of ours is just putting its block there, or has left it behind. */
    ferry_status (*attach)(ferry_consumer *consumer, ferry_error *error);
} ferryi_dialect;

#endif
