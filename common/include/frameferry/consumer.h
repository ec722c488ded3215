/* The receiving end of a channel.
 *
 *     ferry_consumer_options options = FERRY_CONSUMER_OPTIONS_INIT;
 *     options.name = "camera";
 *     ferry_consumer_open(&consumer, &options, &error);
 *     while (ferry_consumer_acquire(consumer, FERRY_FOREVER, &frame, &error) == FERRY_OK) {
 *         ... frame.pixels ...
 *         ferry_consumer_release(consumer, &frame);
 *     }
 *     ferry_consumer_close(&consumer);
 *
 * One thread at a time acquires, copies, follows a frame that is not whole yet, or asks for a
 * pollable. ferry_consumer_release of a whole frame, ferry_consumer_interrupt, ferry_consumer_wake
 * and ferry_consumer_get_counters may be called from any thread while the handle is open. */
#ifndef FRAMEFERRY_CONSUMER_H
#define FRAMEFERRY_CONSUMER_H

#include "channel.h"
#include "clock.h"
#include "frame.h"

FERRY_BEGIN_DECLS

typedef struct ferry_consumer ferry_consumer;

typedef struct ferry_consumer_options {
    size_t size;               /* of this struct, set by the initialiser */
    const char *name;          /* NULL: FERRY_DEFAULT_NAME; copied */
    uint32_t delivery;         /* a ferry_delivery */
    uint32_t group_sharing;    /* a ferry_sharing */
    int64_t wait_ns;           /* how long open waits for a producer; 0: looks once */
    const char *consumer_name; /* what the producer's list calls this one; NULL: the program's name;
                                  up to FERRY_CONSUMER_NAME_MAX bytes, cut there; copied */

    /* About a sender that knows only the BaseImage layout, whose header says nothing of it; without
     * effect on the channel of a producer that uses this library. */
    uint32_t bare_16bit_format; /* what its frames of 16 bits are: FERRY_FORMAT_GRAY16LE, which 0
                                   stands for, or FERRY_FORMAT_RGB565LE */
    uint32_t bare_bottom_up;    /* 1: its last row comes first, as in Windows bitmaps; copies have
                                   the first row first all the same */

    uint32_t follow_early; /* 1: ferry_consumer_copy begins to copy a frame that the producer
                              shows early while it is still being written */
    uint32_t max_lag;      /* "every" only. 0: no frame is skipped, and where there is no free slot
                              the producer waits for this consumer, or drops. N: bounded, each frame
                              in order as long as this consumer is at most N frames behind; else it
                              skips to the oldest of the newest N, and the producer neither waits
                              nor drops because of it. It also skips what the slots cannot keep.
                              FERRY_MAX_LAG_AS_CHANNEL: slots - 2 where the producer drops, so that
                              this consumer alone loses what else all would; 0 where it waits */

    const char *group_name; /* with FERRY_SHARING_GROUP: only of this group, a name or a number in
                               digits; NULL: of any group that the process is in. Not kept */
} ferry_consumer_options;

#define FERRY_MAX_LAG_AS_CHANNEL UINT32_MAX

#ifdef __cplusplus
static inline ferry_consumer_options ferry_consumer_options_init() {
    ferry_consumer_options options = ferry_consumer_options();
    options.size = sizeof(ferry_consumer_options);
    options.wait_ns = FERRY_FOREVER;
    return options;
}
#define FERRY_CONSUMER_OPTIONS_INIT ferry_consumer_options_init()
#else
#define FERRY_CONSUMER_OPTIONS_INIT                                                                \
    { .size = sizeof(ferry_consumer_options), .wait_ns = FERRY_FOREVER }
#endif

/* A frame in a consumer's hand. Read only; the last two fields are the library's.
 *
 * pixels lie in memory that is mapped for reading: a write there, also through a cast or a view of
 * another language that looks writable, ends the process (SIGSEGV, an access violation on Windows).
 * Copy a frame to draw on it (ferry_consumer_copy). After release the memory holds other frames,
 * and after close it is gone, so that no view of it may outlive either. */
typedef struct ferry_frame {
    ferry_frame_info info; /* number 0: not whole yet, see ferry_consumer_acquire_early */
    const uint8_t *pixels; /* info.length_bytes of them, valid until release */
    uint64_t skipped;      /* frames skipped between the one received before and this one */
    uint32_t slot;
    uint64_t fills;
} ferry_frame;

/* No frame: releasing it is FERRY_INVALID_ARGUMENT. */
#ifdef __cplusplus
static inline ferry_frame ferry_frame_init() {
    return ferry_frame();
}
#define FERRY_FRAME_INIT ferry_frame_init()
#else
#define FERRY_FRAME_INIT                                                                           \
    { .pixels = NULL }
#endif

/* head - first + 1 = received + skipped + pending, for frame numbers head and first. */
typedef struct ferry_consumer_counters {
    uint64_t first;    /* number of the first frame that counts for this consumer */
    uint64_t head;     /* number of the newest frame */
    uint64_t received; /* acquired and not found overrun, or copied */
    uint64_t skipped;  /* passed over for a newer frame, or overrun */
    uint64_t pending;  /* neither yet */
    uint64_t overrun;  /* of the skipped: overwritten while held */
    uint64_t
        retries; /* attempts to take a frame that the producer overtook, and that were repeated */
    uint64_t dropped; /* frames that the producer gave up, in all */
    uint32_t evicted; /* 1: evicted */
    uint32_t held;    /* frames in hand */
} ferry_consumer_counters;

/* What kind of channel a consumer is attached to. */
typedef struct ferry_channel_info {
    uint32_t dialect;   /* a ferry_dialect */
    uint32_t has_block; /* 0: the sender knows only the BaseImage layout */
    uint32_t slots;
    uint32_t hold_limit; /* frames that a consumer may have in hand at once; 0: copies only */
    uint64_t slot_bytes; /* the largest frame, header included */
    uint64_t generation; /* one producer's life on a channel; 0 without block */
    uint32_t when_full;  /* a ferry_full_policy: what the producer does when no slot is free */
    uint32_t max_lag;    /* how far this consumer of every frame may be behind; 0: no bound */
} ferry_channel_info;

/* Attaches to a channel, waiting for a live producer up to wait_ns. Nothing interrupts that wait,
 * neither a signal nor a call from another thread, since there is no handle yet. A program that has
 * to hear a signal meanwhile opens in slices, with a wait_ns of a tenth of a second say, again and
 * again while the answer is FERRY_NO_PRODUCER, and for half a second while it is FERRY_FOREIGN: a
 * sender of the BaseImage kind makes its event a moment after its mapping.
 * A "latest" consumer that comes late gets the newest frame at once; an "every" consumer gets the
 * frames that are published from now on.
 * Another user's channel that is seen to be dead counts as no producer.
 * Returns FERRY_NO_PRODUCER (wait_ns is over; it was 0 or nobody came. With an os_code: the
 * sentence says whose dead channel has the name), FERRY_FOREIGN, FERRY_MALFORMED,
 * FERRY_WRONG_VERSION, FERRY_NOT_ALLOWED, FERRY_TOO_MANY_CONSUMERS, FERRY_NOT_SUPPORTED ("every" on
 * a channel of one slot; a group's name, on Windows), FERRY_BAD_NAME, FERRY_INVALID_ARGUMENT,
 * FERRY_NO_MEMORY or FERRY_SYSTEM_ERROR. The caller owns *out and ends it with
 * ferry_consumer_close. */
FERRY_API ferry_status ferry_consumer_open(ferry_consumer **out,
                                           const ferry_consumer_options *options,
                                           ferry_error *error);

/* Detaches, frees the handle and sets *consumer to NULL; frames in hand become invalid. When the
 * producer is dead, its names are removed. NULL, and a pointer to NULL, are accepted.
 * No other thread may be in a call on the handle: interrupt it, and wait for it to return, before.
 * Waits for nobody but the thread behind a pollable, which ends within a moment, or within 100 ms
 * where the sender knows only the BaseImage layout. */
FERRY_API void ferry_consumer_close(ferry_consumer **consumer);

/* Takes the next frame in place: no copy is made. Blocks up to timeout_ns for one.
 * Returns FERRY_TIMEOUT, FERRY_END_OF_STREAM, FERRY_PRODUCER_LOST, FERRY_EVICTED,
 * FERRY_TOO_MANY_HELD (see ferry_channel_info.hold_limit), FERRY_INTERRUPTED, FERRY_WOKEN,
 * FERRY_OVERTAKEN,
 * FERRY_NOT_SUPPORTED (a channel of one slot: copy instead), FERRY_MALFORMED, FERRY_FORKED or
 * FERRY_INVALID_ARGUMENT (a negative time, say).
 * End of stream, lost, evicted and malformed stay so for this handle; frames in hand stay valid. */
FERRY_API ferry_status ferry_consumer_acquire(ferry_consumer *consumer, int64_t timeout_ns,
                                              ferry_frame *frame, ferry_error *error);

/* As ferry_consumer_acquire, but takes also a frame that its producer is still writing and shows
 * early, when all that is whole has been taken. frame->info.number is 0 then, and of info there are
 * size, format, stride, length and colours; the rest comes with the number.
 * Such a frame is followed: ferry_consumer_wait_filled says how many bytes are there, and gives the
 * number when the producer has published the frame. Before that it is not confirmed, whatever has
 * been read of it. Until then there is no other call for a frame: FERRY_TOO_MANY_HELD.
 * A consumer that sleeps here is woken when the first bytes are there, not for the announcement. */
FERRY_API ferry_status ferry_consumer_acquire_early(ferry_consumer *consumer, int64_t timeout_ns,
                                                    ferry_frame *frame, ferry_error *error);

/* For the bytes argument of ferry_consumer_wait_filled: until the frame has been published. */
#define FERRY_WHOLE UINT32_MAX

/* Waits until at least so many bytes of a frame in hand have been written, and stores how many
 * there are in *filled (unless NULL; also on failure): so many of frame->pixels may be read. With
 * FERRY_WHOLE, or more than the frame's length, it waits until the frame is published. When it is,
 * the rest of frame->info and frame->skipped are filled in, and from then on the frame is one like
 * any other. Of a whole frame all bytes are there.
 * Blocks up to timeout_ns. Not FERRY_OK:
 * FERRY_ABANDONED: the producer has given this frame up; release it, another one will come.
 * FERRY_OVERTAKEN, for a consumer of every frame: another claim was committed before this one, so
 * that it is not this frame's turn. Release it; it comes again, in its place.
 * FERRY_PRODUCER_LOST, FERRY_END_OF_STREAM: the frame will not become whole. Release it and acquire
 * on: other frames may have been published, and acquire says when there are no more.
 * FERRY_MALFORMED: as for ferry_consumer_acquire. FERRY_TIMEOUT, FERRY_INTERRUPTED, FERRY_WOKEN:
 * the frame can still become whole.
 * FERRY_INVALID_ARGUMENT: the frame is not in hand, or the time is negative. FERRY_FORKED.
 * In an event loop, call it with timeout 0 in place of acquire while a frame is followed. */
FERRY_API ferry_status ferry_consumer_wait_filled(ferry_consumer *consumer, ferry_frame *frame,
                                                  uint32_t bytes, int64_t timeout_ns,
                                                  uint32_t *filled, ferry_error *error);

/* Gives a frame back. FERRY_OK confirms that its pixels were whole and unchanged for as long as it
 * was held. FERRY_OVERRUN: they were overwritten meanwhile, which only a hostile or broken peer can
 * bring about: throw away what was computed from them. FERRY_MALFORMED: a peer has cut the shared
 * memory short, likewise. FERRY_ABANDONED: it is not whole, or not known to be (its number is 0);
 * it counts as neither received nor skipped, and if it is published later it can be taken then.
 * Also FERRY_INVALID_ARGUMENT for a frame that is not in hand, FERRY_FORKED. What is noticed is
 * that the slot was filled anew: a process of the same user that writes into the pixels past the
 * protocol is not. */
FERRY_API ferry_status ferry_consumer_release(ferry_consumer *consumer, ferry_frame *frame);

/* Copies the next frame out. Blocks and returns as ferry_consumer_acquire (FERRY_OVERTAKEN: the
 * producer of a one-slot channel overwrote the frame during every attempt), also FERRY_OVERRUN and
 * FERRY_NO_MEMORY. What was copied is whole when FERRY_OK is returned; without block see
 * docs/platforms.md. With ferry_consumer_options.follow_early a copy may have begun before the
 * frame was whole: what image->pixels holds after a failure is part of one; a frame that its
 * producer gives up is no failure, and the next one is waited for. */
FERRY_API ferry_status ferry_consumer_copy(ferry_consumer *consumer, int64_t timeout_ns,
                                           ferry_image *image, ferry_error *error);

/* Copies a frame in hand out and gives it back, as ferry_consumer_release does: for a program that
 * finds that it would hold it for too long. Returns as ferry_consumer_release, and FERRY_NO_MEMORY;
 * the frame is given back in any case but FERRY_INVALID_ARGUMENT and FERRY_FORKED. Any thread; the
 * image is the caller's. */
FERRY_API ferry_status ferry_consumer_copy_held(ferry_consumer *consumer, ferry_frame *frame,
                                                ferry_image *image, ferry_error *error);

/* Whether the frames that consumers hold now leave the producer fewer than two slots: then it has
 * to wait, or to drop, until one of them is given back. A program that works long on a frame asks
 * after acquiring it, and goes on with a copy if so (ferry_consumer_copy_held): as long as all do
 * that, consumers of the latest frame never stand in the way. Any thread; does not block. */
FERRY_API bool ferry_consumer_slots_are_scarce(const ferry_consumer *consumer);

/* Makes the blocking call that is under way, or else the next one, return FERRY_INTERRUPTED. May be
 * called from a signal handler. A pollable becomes readable. */
FERRY_API void ferry_consumer_interrupt(ferry_consumer *consumer);

/* Makes the blocking call that is under way, or else the next one, return FERRY_WOKEN: for a loop
 * that has something else to do, such as work that another thread has finished. Several wake-ups
 * before a call count as one. An interruption comes first, and leaves the wake-up for the call
 * after it. May be called from a signal handler. A pollable becomes readable. */
FERRY_API void ferry_consumer_wake(ferry_consumer *consumer);

/* Gives the handle's pollable, the same at each call. It becomes readable (POLLIN; signalled on
 * Windows) when there may be a frame, when the stream has ended, its producer has died, this
 * consumer has been evicted, interrupted or woken, and stays so until a call of acquire or copy
 * returns FERRY_TIMEOUT. So, when it is readable, call one of them with timeout 0 until it says
 * FERRY_TIMEOUT; that is all, also for edge-triggered loops, and nothing is read from it. A
 * level-triggered loop may as well take one frame at a time. It may be readable for nothing. A
 * producer that was killed makes it readable within 250 ms.
 *
 * After a status that stays so (see ferry_consumer_acquire) it remains readable, as a socket does
 * at its end. After FERRY_TOO_MANY_HELD it is not readable for the frames that are there, but
 * when one has been released. Calls with a timeout go on working.
 *
 * Costs nothing until it is asked for. From the first call until ferry_consumer_close it takes one
 * more descriptor and one more thread of the library's own, one more wake-up for each frame that
 * comes while the consumer waits, a system call for each FERRY_TIMEOUT, and ten looks a second at
 * the producer while nothing comes.
 *
 * The handle owns it: do not close it, do not read from it, and take it out of the loop before
 * ferry_consumer_close, which closes it (and, where the sender knows only the BaseImage layout,
 * may take 100 ms longer for it). A forked child has no use for it.
 *
 * Does not block. Returns FERRY_INVALID_ARGUMENT (out is NULL), FERRY_FORKED, FERRY_NO_MEMORY or
 * FERRY_SYSTEM_ERROR (no descriptor or no thread to be had); *out is FERRY_POLLABLE_NONE then.
 * Source: eventfd(2). */
FERRY_API ferry_status ferry_consumer_get_pollable(ferry_consumer *consumer, ferry_pollable *out,
                                                   ferry_error *error);

/* Fills *out with how far this consumer and its producer are at this moment. The sum above holds
 * also while other threads acquire and release. When another producer has taken the channel over,
 * head is no more than this consumer has met. Any thread; does not block. */
FERRY_API void ferry_consumer_get_counters(ferry_consumer *consumer, ferry_consumer_counters *out);

/* Fills *out with what kind of channel this is, which stays as it was when the consumer attached.
 * Any thread; does not block. */
FERRY_API void ferry_consumer_get_channel(ferry_consumer *consumer, ferry_channel_info *out);

FERRY_END_DECLS

#endif
