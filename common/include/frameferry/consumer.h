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
 * A handle that follows a channel from one producer to the next is made by ferry_consumer_new, and
 * attached by ferry_consumer_attach as often as a stream ends.
 *
 * One thread at a time attaches, acquires, copies, follows a frame that is not whole yet, leaves,
 * asks for a pollable, or asks what was refused. ferry_consumer_release of a whole frame,
 * ferry_consumer_copy_held, ferry_consumer_interrupt, ferry_consumer_wake,
 * ferry_consumer_get_counters, ferry_consumer_get_channel and ferry_consumer_slots_are_scarce may
 * be called from any thread while the handle is open, also while another thread attaches it again.
 */
#ifndef FRAMEFERRY_CONSUMER_H
#define FRAMEFERRY_CONSUMER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "channel.h"
#include "clock.h"
#include "frame.h"
#include "status.h"
#include "version.h"

FERRY_BEGIN_DECLS

typedef struct ferry_consumer ferry_consumer;

typedef struct ferry_consumer_options {
    size_t size;               /* of this struct, set by the initialiser */
    const char *name;          /* NULL: FERRY_DEFAULT_NAME; copied */
    uint32_t delivery;         /* a ferry_delivery */
    uint32_t group_sharing;    /* a ferry_sharing */
    int64_t wait_ns;           /* how long ferry_consumer_open waits for a producer; 0: looks once.
                                  ferry_consumer_new does not use it */
    const char *consumer_name; /* the name in the producer's list; NULL: the program's name; cut
                                  after FERRY_CONSUMER_NAME_MAX bytes; copied */

    /* For a sender that knows only the BaseImage layout, whose header does not say these things.
     * Without effect on the channel of a producer that uses this library. */
    uint32_t bare_16bit_format; /* the format of its frames of 16 bits: FERRY_FORMAT_GRAY16LE, which
                                   0 stands for, or FERRY_FORMAT_RGB565LE */
    uint32_t bare_bottom_up; /* 1: it stores the last row first, as Windows bitmaps do; copies have
                                the first row first all the same. A height below 0 says that the
                                rows of that frame come in the other order */

    uint32_t follow_early; /* 1: ferry_consumer_copy begins to copy a frame that the producer
                              shows early while it is still being written */
    uint32_t max_lag;      /* "every" only. 0: no frame is skipped; when no slot is free, the
                              producer waits for this consumer (back-pressure), or drops the frame.
                              N: this consumer gets each frame in order while it is at most N frames
                              behind. Further behind it skips to the oldest of the newest N, and
                              the producer neither waits nor drops because of it. It also skips
                              frames that the slots cannot keep. FERRY_MAX_LAG_AS_CHANNEL: slots - 2
                              where the producer drops, so that this consumer alone loses frames
                              that all would lose otherwise; 0 where the producer waits */

    const char *group_name; /* with FERRY_SHARING_GROUP: the only group, by name or by number in
                               digits; NULL: any group that the process is in. Not kept */

    /* More for a sender that knows only the BaseImage layout. */
    uint32_t bare_format; /* the format of its frames that have as many bits for each pixel as this
                             one: FERRY_FORMAT_NV12 for those of 12, for example. 0: 8 bits are
                             gray, 16 bare_16bit_format, 24 bgr24, 32 bgra, and others are refused.
                             Not a compressed one */
    uint32_t bare_images; /* 1: its memory begins with a count of images, of 32 bits, and then they
                             come one after the other, each with a header of its own; each becomes
                             a frame. At most 1,024 */
    const char *event_name; /* of a sender that knows only the BaseImage layout; NULL: the channel's
                               name with "Mutex" behind it; copied */
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

/* A frame that a consumer holds, in place (zero-copy). Read only; slot, reserved
 * words and fills are the library's.
 *
 * pixels lie in memory that is mapped for reading. A write there ends the process (SIGSEGV, an
 * access violation on Windows), also through a cast or a view of another language that looks
 * writable. Copy a frame to draw on it (ferry_consumer_copy). After release the memory holds other
 * frames, and after close it is unmapped: no view of it may outlive either. */
typedef struct ferry_frame {
    ferry_frame_info info; /* number 0: not whole yet, see ferry_consumer_acquire_early */
    const uint8_t *pixels; /* info.length_bytes of them, valid until release */
    uint64_t skipped;      /* frames skipped between the one received before and this one */
    uint32_t slot;
    uint32_t reserved_word;
    uint64_t fills;
    uint64_t generation; /* of the producer, as in ferry_channel_info: numbers of another generation
                            are another stream's; 0: the sender knows only the BaseImage layout */
    uint64_t reserved[3];
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
    uint64_t retries;  /* attempts to take a frame that were repeated: the producer overtook them */
    uint64_t dropped;  /* all frames that the producer dropped */
    uint32_t evicted;  /* 1: evicted */
    uint32_t held;     /* frames in hand */
    uint64_t refused;  /* of the skipped: their sender knows only the BaseImage layout, and their
                          header cannot be; see ferry_consumer_explain_refused */
    uint64_t reserved[7];
} ferry_consumer_counters;

/* The channel that a consumer is attached to. */
typedef struct ferry_channel_info {
    uint32_t dialect; /* a ferry_dialect */
    uint32_t
        has_block; /* 1: the producer uses this library; 0: it knows only the BaseImage layout */
    uint32_t slots;
    uint32_t hold_limit; /* frames that a consumer may have in hand at once, as its producer has
                            chosen (ferry_producer_options.max_held); 0: copies only */
    uint64_t slot_bytes; /* the largest frame, header included */
    uint64_t generation; /* a number that no other producer's life on a channel has; 0: has_block is
                            0 */
    uint32_t when_full;  /* a ferry_full_policy: what the producer does when no slot is free */
    uint32_t max_lag;    /* how far this consumer of every frame may be behind; 0: no bound */
    ferry_producer_info producer; /* all zeros while has_block is 0 */
    uint64_t reserved[8];
} ferry_channel_info;

/* Makes a handle that is not attached to a channel. It attaches by ferry_consumer_attach; until
 * then the calls that take a frame return FERRY_NO_PRODUCER at once, and counters and channel are
 * all zeros. Interrupting, waking, asking for a pollable, leaving and closing are allowed. Does not
 * block. Returns FERRY_OK, FERRY_BAD_NAME, FERRY_INVALID_ARGUMENT, FERRY_NOT_ALLOWED (this process
 * is not in the group), FERRY_NOT_SUPPORTED (a group's name, on Windows), FERRY_NO_MEMORY or
 * FERRY_SYSTEM_ERROR. The caller owns *out and ends it with ferry_consumer_close. */
FERRY_API ferry_status ferry_consumer_new(ferry_consumer **out,
                                          const ferry_consumer_options *options,
                                          ferry_error *error);

/* Attaches to the channel, and waits for a live producer up to timeout_ns. Attached to a stream
 * whose end no call has returned yet, it does nothing and returns FERRY_OK. After
 * FERRY_END_OF_STREAM, FERRY_PRODUCER_LOST, FERRY_EVICTED, FERRY_MALFORMED, and after
 * ferry_consumer_leave, it first detaches, as ferry_consumer_close does, and then attaches to the
 * next producer, or, after an eviction or leaving, to the same one anew. Counters and frame numbers
 * begin anew: ferry_frame.generation tells producers apart. The pollable stays the same.
 *
 * A "latest" consumer that comes late gets the newest frame at once. An "every" consumer gets the
 * frames that are published from now on. Another user's channel whose producer is dead counts as no
 * producer. ferry_consumer_interrupt and ferry_consumer_wake end the wait within a tenth of a
 * second, and at once where they come from a signal handler of the waiting thread.
 *
 * Returns FERRY_OK, FERRY_NO_PRODUCER (none came in time; with an os_code, the sentence says whose
 * dead channel has the name), FERRY_TOO_MANY_HELD (frames are in hand: release them; nothing has
 * changed), FERRY_INTERRUPTED, FERRY_WOKEN, FERRY_FOREIGN, FERRY_MALFORMED, FERRY_WRONG_VERSION,
 * FERRY_NOT_ALLOWED, FERRY_TOO_MANY_CONSUMERS, FERRY_NOT_SUPPORTED ("every" on a channel of one
 * slot), FERRY_FORKED, FERRY_INVALID_ARGUMENT, FERRY_NO_MEMORY or FERRY_SYSTEM_ERROR. After a
 * failure but FERRY_TOO_MANY_HELD, FERRY_FORKED and FERRY_INVALID_ARGUMENT the handle is not
 * attached, and can be attached later. */
FERRY_API ferry_status ferry_consumer_attach(ferry_consumer *consumer, int64_t timeout_ns,
                                             ferry_error *error);

/* Gives up this consumer's place in the stream and keeps the frames in hand, for a program that
 * cannot say yet when their last user is done. The producer no longer waits for this consumer, nor
 * counts it, and leaves alone only the slots of those frames. They are released as ever, from any
 * thread, with what ferry_consumer_release would have said. With the last of them, or at once when
 * there are none, the consumer's record in the channel goes; the mappings stay until
 * ferry_consumer_close or ferry_consumer_attach.
 *
 * After it, the calls that take a frame return FERRY_NO_PRODUCER, and so does
 * ferry_consumer_wait_filled for a frame that is not whole yet, which can only be released.
 * ferry_consumer_slots_are_scarce, ferry_consumer_get_counters and ferry_consumer_get_channel go on
 * working. The pollable becomes readable, and remains so until ferry_consumer_attach.
 *
 * Blocks only for the thread behind a pollable, as ferry_consumer_close does. Returns FERRY_OK,
 * also when the handle is not attached or has left already; FERRY_INVALID_ARGUMENT or FERRY_FORKED.
 */
FERRY_API ferry_status ferry_consumer_leave(ferry_consumer *consumer, ferry_error *error);

/* Does what ferry_consumer_new and ferry_consumer_attach do, with a time of wait_ns. Neither a
 * signal nor a call from another thread interrupts that wait, since there is no handle yet: a
 * program that has to notice a signal meanwhile uses those two.
 *
 * A "latest" consumer that comes late gets the newest frame at once. An "every" consumer gets the
 * frames that are published from now on. Another user's channel whose producer is dead counts as no
 * producer.
 *
 * Returns FERRY_OK, FERRY_NO_PRODUCER (none came within wait_ns; with an os_code, the sentence says
 * whose dead channel has the name), FERRY_FOREIGN, FERRY_MALFORMED,
 * FERRY_WRONG_VERSION, FERRY_NOT_ALLOWED, FERRY_TOO_MANY_CONSUMERS, FERRY_NOT_SUPPORTED ("every" on
 * a channel of one slot; a group's name, on Windows), FERRY_BAD_NAME, FERRY_INVALID_ARGUMENT,
 * FERRY_NO_MEMORY or FERRY_SYSTEM_ERROR. The caller owns *out and ends it with
 * ferry_consumer_close. */
FERRY_API ferry_status ferry_consumer_open(ferry_consumer **out,
                                           const ferry_consumer_options *options,
                                           ferry_error *error);

/* Detaches, frees the handle and sets *consumer to NULL; frames in hand become invalid. When the
 * producer is dead, its names are removed. NULL, and a pointer to NULL, are accepted.
 * No other thread may be in a call on the handle: interrupt it first, and wait for it to return.
 * The call waits only for the thread behind a pollable, which ends within a moment, or within
 * 100 ms where the sender knows only the BaseImage layout. */
FERRY_API void ferry_consumer_close(ferry_consumer **consumer);

/* Takes the next frame in place (zero-copy). Blocks up to timeout_ns for one. The caller gives the
 * frame back with ferry_consumer_release.
 * Returns FERRY_OK, FERRY_TIMEOUT, FERRY_END_OF_STREAM, FERRY_PRODUCER_LOST, FERRY_EVICTED,
 * FERRY_TOO_MANY_HELD (see ferry_channel_info.hold_limit), FERRY_INTERRUPTED, FERRY_WOKEN,
 * FERRY_OVERTAKEN, FERRY_NO_PRODUCER, FERRY_NOT_SUPPORTED (a channel of one slot: copy instead),
 * FERRY_MALFORMED, FERRY_FORKED or FERRY_INVALID_ARGUMENT (a negative time, for example).
 * FERRY_NO_PRODUCER: the handle is not attached, or has left.
 * After FERRY_END_OF_STREAM, FERRY_PRODUCER_LOST, FERRY_EVICTED and FERRY_MALFORMED every later
 * call that takes a frame returns the same until ferry_consumer_attach; frames in hand stay valid.
 */
FERRY_API ferry_status ferry_consumer_acquire(ferry_consumer *consumer, int64_t timeout_ns,
                                              ferry_frame *frame, ferry_error *error);

/* Does what ferry_consumer_acquire does. When every whole frame has been taken, it also takes a
 * frame that its producer is still writing and shows early. frame->info.number is 0 then, and info
 * has only size, format, stride, length and colours; the rest comes with the number.
 *
 * The consumer follows such a frame: ferry_consumer_wait_filled says how many bytes have been
 * written, and gives the number when the producer has published the frame. Before that no byte of
 * the frame is confirmed, and another call for a frame returns FERRY_TOO_MANY_HELD. A consumer that
 * sleeps here is woken when the first bytes are there, not when the frame is announced. */
FERRY_API ferry_status ferry_consumer_acquire_early(ferry_consumer *consumer, int64_t timeout_ns,
                                                    ferry_frame *frame, ferry_error *error);

/* As the bytes argument of ferry_consumer_wait_filled: until the frame has been published. */
#define FERRY_WHOLE UINT32_MAX

/* Waits until at least this many bytes of a frame in hand have been written, and stores in *filled
 * (unless NULL; also on failure) how many of frame->pixels may be read. With FERRY_WHOLE, or more
 * than the frame's length, it waits until the frame is published. Then it fills in the rest of
 * frame->info and frame->skipped, and the frame is like any other. A whole frame has all its bytes.
 *
 * Blocks up to timeout_ns. Returns FERRY_OK, or:
 * FERRY_ABANDONED: the producer has given this frame up; release it, another one will come.
 * FERRY_OVERTAKEN, for an "every" consumer: another claim was committed before this one, so that it
 * is not this frame's turn. Release it; it comes again, in its place.
 * FERRY_PRODUCER_LOST, FERRY_END_OF_STREAM: the frame will not become whole. Release it and go on
 * acquiring: other frames may have been published, and acquire says when there are no more.
 * FERRY_MALFORMED: as for ferry_consumer_acquire. FERRY_TIMEOUT, FERRY_INTERRUPTED,
 * FERRY_WOKEN: the frame can still become whole.
 * FERRY_INVALID_ARGUMENT: the frame is not in hand, or the time is negative. FERRY_FORKED.
 * In an event loop, call it with timeout 0 in place of acquire while a frame is followed. */
FERRY_API ferry_status ferry_consumer_wait_filled(ferry_consumer *consumer, ferry_frame *frame,
                                                  uint32_t bytes, int64_t timeout_ns,
                                                  uint32_t *filled, ferry_error *error);

/* Gives a frame back. Any thread, for a whole frame; does not block. Returns:
 * FERRY_OK: the pixels were whole and unchanged for as long as the frame was held.
 * FERRY_OVERRUN: they were overwritten meanwhile, which only a hostile or broken peer can do.
 * Discard every result that was computed from them. FERRY_MALFORMED: a peer has cut the shared
 * memory short; discard results likewise. FERRY_ABANDONED: the frame is not whole, or not known to
 * be (its number is 0). It counts as neither received nor skipped, and if it is published later it
 * can be taken then. FERRY_INVALID_ARGUMENT: the frame is not in hand. FERRY_FORKED. The call
 * notices that the slot was filled anew. It does not notice a process of the same user that writes
 * into the pixels outside the protocol. */
FERRY_API ferry_status ferry_consumer_release(ferry_consumer *consumer, ferry_frame *frame);

/* Copies the next frame into image, which is the caller's. Blocks and returns as
 * ferry_consumer_acquire (FERRY_OVERTAKEN: the producer of a one-slot channel overwrote the frame
 * during every attempt), and also FERRY_OVERRUN and FERRY_NO_MEMORY. After FERRY_OK the copy is
 * whole; for a sender that knows only the BaseImage layout see docs/platforms.md. With
 * ferry_consumer_options.follow_early a copy may begin before the frame is whole: after a failure
 * image->pixels may hold part of one. A frame that its producer gives up is no failure; the call
 * waits for the next one. */
FERRY_API ferry_status ferry_consumer_copy(ferry_consumer *consumer, int64_t timeout_ns,
                                           ferry_image *image, ferry_error *error);

/* Copies a frame in hand into image and gives the frame back, as ferry_consumer_release does: for a
 * program that would hold the frame for too long. Returns as ferry_consumer_release, and
 * FERRY_NO_MEMORY. The frame is given back in any case but FERRY_INVALID_ARGUMENT and FERRY_FORKED.
 * Any thread; the image is the caller's. */
FERRY_API ferry_status ferry_consumer_copy_held(ferry_consumer *consumer, ferry_frame *frame,
                                                ferry_image *image, ferry_error *error);

/* Returns whether the frames that consumers hold now leave the producer fewer than two slots. Then
 * the producer has to wait, or to drop frames, until one of them is given back. A program that
 * works long on a frame asks this after acquiring it and, if so, goes on with a copy
 * (ferry_consumer_copy_held). While all consumers do that, those of the latest frame never block
 * the producer. Any thread; does not block. */
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
 * Windows) when there may be a frame, when the stream has ended, when its producer has died, and
 * when this consumer has been evicted, interrupted or woken. It stays readable until a call of
 * acquire or copy returns FERRY_TIMEOUT. So, when it is readable, call one of them with timeout 0
 * until it returns FERRY_TIMEOUT. An edge-triggered loop needs no more than that, and nothing is
 * read from the pollable. A level-triggered loop may take one frame at a time. The pollable may be
 * readable without a reason. A producer that was killed makes it readable within 250 ms.
 *
 * After a status that does not change any more (see ferry_consumer_acquire) it remains readable, as
 * a socket does at its end, until ferry_consumer_attach. While the handle is not attached, it
 * becomes readable when this consumer is interrupted or woken, not when a producer comes: call
 * ferry_consumer_attach now and then, or from another thread. That call clears it until it has
 * attached. After FERRY_TOO_MANY_HELD it becomes readable when a frame is released,
 * not for the frames that are there. Calls with a timeout go on working.
 *
 * A pollable costs nothing until it is asked for. From the first call until ferry_consumer_close it
 * takes one more descriptor, one more thread inside the library, one more wake-up for each frame
 * that comes while the consumer waits, a system call for each FERRY_TIMEOUT, and ten looks a second
 * at the producer while no frame comes.
 *
 * The handle owns the pollable: do not close it, do not read from it, and take it out of the loop
 * before ferry_consumer_close, which closes it (and may take 100 ms longer for it where the sender
 * knows only the BaseImage layout). A forked child cannot use it.
 *
 * Does not block. Returns FERRY_OK, FERRY_INVALID_ARGUMENT (out is NULL), FERRY_FORKED,
 * FERRY_NO_MEMORY or FERRY_SYSTEM_ERROR (no descriptor, or no thread, is left); *out is
 * FERRY_POLLABLE_NONE then. Source: eventfd(2). */
FERRY_API ferry_status ferry_consumer_get_pollable(ferry_consumer *consumer, ferry_pollable *out,
                                                   ferry_error *error);

/* Fills *out with how far this consumer and its producer are at this moment. The sum above also
 * holds while other threads acquire and release. When another producer has taken the channel over,
 * head does not go beyond the frames that this consumer has met. The figures are those of
 * the newest attachment, and all zeros while the handle is not attached; after ferry_consumer_leave
 * head and pending still grow. Any thread; does not block. */
FERRY_API void ferry_consumer_get_counters(ferry_consumer *consumer, ferry_consumer_counters *out);

/* Says what the header of the newest frame said that was passed over because it cannot be, and
 * which option would take such frames. Only senders that know only the BaseImage layout have such
 * frames; they end no stream, and count as skipped. A program that waits without limit, or sees
 * ferry_consumer_counters.refused grow, asks now and then.
 *
 * Returns FERRY_MALFORMED, with the sentence in *error; FERRY_OK when there was none since
 * attaching, and *error is unchanged; FERRY_INVALID_ARGUMENT. The acquiring thread's; does not
 * block. */
FERRY_API ferry_status ferry_consumer_explain_refused(ferry_consumer *consumer, ferry_error *error);

/* Fills *out with the description of the channel, which stays as it was when the consumer attached;
 * all zeros while the handle is not attached. Any thread; does not block. */
FERRY_API void ferry_consumer_get_channel(ferry_consumer *consumer, ferry_channel_info *out);

FERRY_END_DECLS

#endif
