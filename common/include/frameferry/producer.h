/* The sending end of a channel.
 *
 *     ferry_producer_options options = FERRY_PRODUCER_OPTIONS_INIT;
 *     options.name = "camera";
 *     ferry_producer_create(&producer, &options, &error);
 *     while (...) ferry_producer_send(producer, &info, pixels, 0, NULL, &error);
 *     ferry_producer_close(&producer);
 *
 * A producer handle is used by one thread at a time, with two exceptions. ferry_producer_interrupt
 * may be called from any thread while the handle is open. So may ferry_producer_show_early,
 * ferry_producer_advance, ferry_producer_commit, ferry_producer_commit_keep, ferry_producer_let_go
 * and ferry_producer_abort, by one thread at a time for each claim, also while another thread is in
 * ferry_producer_end. */
#ifndef FRAMEFERRY_PRODUCER_H
#define FRAMEFERRY_PRODUCER_H

#include <stddef.h>
#include <stdint.h>

#include "channel.h"
#include "clock.h"
#include "frame.h"
#include "status.h"
#include "version.h"

FERRY_BEGIN_DECLS

typedef struct ferry_producer ferry_producer;

typedef struct ferry_producer_options {
    size_t size;             /* of this struct, set by the initialiser */
    const char *name;        /* NULL: FERRY_DEFAULT_NAME; copied */
    uint32_t slots;          /* 2 to FERRY_MAX_SLOTS; 0: FERRY_DEFAULT_SLOTS; the dialect has 1 */
    uint32_t dialect;        /* a ferry_dialect */
    uint64_t slot_bytes;     /* a frame's largest size with its 16-byte header, rounded up to whole
                                pages; 0: FERRY_DEFAULT_SLOT_BYTES, which the dialect always has */
    uint32_t when_full;      /* a ferry_full_policy */
    uint32_t group_sharing;  /* a ferry_sharing */
    int64_t full_timeout_ns; /* how long claim waits under FERRY_WHEN_FULL_WAIT */
    int64_t stall_limit_ns;  /* evict an "every" consumer that holds the producer up and has not
                                advanced for this time; FERRY_FOREVER: evict none */
    uint64_t early_bytes;    /* ferry_producer_send shows a frame of at least this size while it
                                copies it, see ferry_producer_show_early; 0: no frame. Without
                                effect on a channel of one slot */
    uint32_t adopt;          /* the dialect only. 1: use an object of 33,554,432 bytes or more that
                                has the name, whatever it holds; 0: only if it has its event,
                                begins with 16 zeros, or was used by a producer before */
    uint32_t max_held;       /* how many frames a consumer may have in hand at once: 1 to slots - 2,
                                and 1 for 2 slots; 0: 8, or as many of them as that allows */
    const char *group_name;  /* with FERRY_SHARING_GROUP: the group, as a name or as a number in
                                digits; NULL: the process's effective group, which in Debian and
                                others has no member but the user. Not kept */
    const char *producer_name; /* what consumers learn of the producer; NULL: the program's name;
                                  cut after FERRY_PRODUCER_NAME_MAX bytes; copied */
    const char *event_name;    /* the dialect only: the name of its event; NULL: the channel's with
                                  "Mutex" behind it; copied. A process that clears away after a dead
                                  producer does not know another one */
} ferry_producer_options;

/* From this size on, showing a frame early saves more time than waking a consumer costs. */
#define FERRY_EARLY_BYTES_USUAL 1048576u

#ifdef __cplusplus
static inline ferry_producer_options ferry_producer_options_init() {
    ferry_producer_options options = ferry_producer_options();
    options.size = sizeof(ferry_producer_options);
    options.full_timeout_ns = FERRY_FOREVER;
    options.stall_limit_ns = FERRY_FOREVER;
    return options;
}
#define FERRY_PRODUCER_OPTIONS_INIT ferry_producer_options_init()
#else
#define FERRY_PRODUCER_OPTIONS_INIT                                                                \
    {                                                                                              \
        .size = sizeof(ferry_producer_options), .full_timeout_ns = FERRY_FOREVER,                  \
        .stall_limit_ns = FERRY_FOREVER                                                            \
    }
#endif

/* A slot that the producer has claimed. The caller writes pixels and may change info, within the
 * length that was claimed; the other fields are the library's. */
typedef struct ferry_claim {
    ferry_frame_info info; /* stride_bytes, bit_count and length_bytes have been filled in */
    uint8_t *pixels;       /* length_bytes of them may be written, until the frame is committed */
    uint32_t slot;
    uint32_t claimed_bytes;
    uint64_t id; /* tells it from other claims of the slot */
    uint64_t reserved[4];
} ferry_claim;

/* No claim: committing it is FERRY_INVALID_ARGUMENT, aborting it does nothing. */
#ifdef __cplusplus
static inline ferry_claim ferry_claim_init() {
    return ferry_claim();
}
#define FERRY_CLAIM_INIT ferry_claim_init()
#else
#define FERRY_CLAIM_INIT                                                                           \
    { .pixels = NULL }
#endif

typedef struct ferry_producer_counters {
    uint64_t published;      /* also the number of the newest frame */
    uint64_t dropped;        /* FERRY_FULL under the drop policy, and ferry_producer_drop */
    uint64_t evicted;        /* "every" consumers that did not advance within the stall limit */
    uint64_t reclaimed;      /* dead consumers that were cleared away */
    uint64_t bytes;          /* pixel bytes published */
    uint64_t reserved_bytes; /* shared memory that the slots take now */
    uint64_t wakeups;        /* system calls made to wake a sleeping consumer */
    uint32_t slots;
    uint32_t consumers;  /* attached now; one that has left (ferry_consumer_leave) is not */
    uint64_t slot_bytes; /* the largest frame, header included */
    /* The names of the channel's objects, as ferry_producer_tend, claim and the waiting calls see
     * them once a second. */
    uint32_t unlinked;       /* objects without their name now: other programs cannot find them */
    uint32_t unlinked_names; /* which ones: a combination of ferry_name_bit */
    uint64_t relinked;       /* times that a name was put back */
    uint64_t reserved[8];
} ferry_producer_counters;

/* The names that the objects of a channel have. */
typedef enum ferry_name_bit {
    FERRY_NAME_OF_FRAMES = 1,    /* the channel's name: nobody finds the channel */
    FERRY_NAME_OF_CONSUMERS = 2, /* NAME~consumers: no consumer of this library can attach */
    FERRY_NAME_OF_EVENT = 4      /* NAMEMutex of the dialect: other programs find no event */
} ferry_name_bit;

/* An attached consumer as the producer sees it: one that has not left. Consumers write these
 * figures themselves. */
typedef struct ferry_consumer_info {
    char name[FERRY_CONSUMER_NAME_MAX + 1]; /* printable ASCII; other bytes have become '?' */
    uint32_t delivery;                      /* a ferry_delivery */
    uint32_t evicted;                       /* 1: no longer waited for */
    uint32_t held;                          /* frames in its hands */
    uint32_t process_id;
    uint64_t received;
    uint64_t skipped;
    uint64_t lag;     /* published frames that it has neither received nor skipped */
    uint32_t max_lag; /* as in ferry_consumer_options: 0: none, the producer waits for it */
    uint32_t reserved_word;
    uint64_t joined_ns; /* when it attached, on ferry_clock_ns */
    uint64_t reserved[4];
} ferry_consumer_info;

/* Makes the channel and its name. A channel whose producer died is replaced; its consumers get
 * FERRY_PRODUCER_LOST. The call takes some milliseconds at most, but half a second in the dialect
 * before FERRY_FOREIGN, since a program of that kind makes its event after its mapping.
 * Returns FERRY_OK, FERRY_BUSY when another live producer has the name, FERRY_FOREIGN when
 * something else has it (in the dialect, unless adopt says to use it), FERRY_NOT_ALLOWED (another
 * user has it, dead or alive; or this process is not in the group), FERRY_BAD_NAME, FERRY_NO_SPACE,
 * FERRY_NO_MEMORY, FERRY_INVALID_ARGUMENT (also: there is no such group), FERRY_NOT_SUPPORTED (a
 * group's name, on Windows) or FERRY_SYSTEM_ERROR. The caller owns *out and ends it with
 * ferry_producer_close. */
FERRY_API ferry_status ferry_producer_create(ferry_producer **out,
                                             const ferry_producer_options *options,
                                             ferry_error *error);

/* Ends the stream: attached consumers still read the frames that were published, and then get
 * FERRY_END_OF_STREAM. Removes the names, frees the handle and sets *producer to NULL. Open claims
 * are aborted. NULL, and a pointer to NULL, are accepted.
 * No other thread may be in a call on the handle: interrupt it first, and wait for it to return.
 * The call waits for no consumer, not even for one that has not read everything:
 * ferry_producer_drain does that. */
FERRY_API void ferry_producer_close(ferry_producer **producer);

/* Ends the stream and keeps the memory: for a program that cannot say yet when the last user of an
 * open claim's pixels is done, such as a buffer that was handed upstream. Attached consumers still
 * read the frames that were published, and then get FERRY_END_OF_STREAM. The channel's names are
 * removed: another producer can have them at once. Mappings and open claims stay until
 * ferry_producer_close, which then does only the rest.
 *
 * After it, pixels of an open claim can be written and mean nothing, and ferry_producer_abort
 * works. A claim that is shown early is abandoned. FERRY_END_OF_STREAM is what
 * ferry_producer_claim, ferry_producer_send, ferry_producer_show_early, ferry_producer_advance,
 * ferry_producer_wait_consumer and ferry_producer_commit return; the last of them ends its claim
 * all the same. ferry_producer_drop does nothing. ferry_producer_drain,
 * ferry_producer_wait_received, ferry_producer_list_consumers and ferry_producer_get_counters go on
 * working, and ferry_producer_tend still clears away dead consumers.
 *
 * FERRY_DIALECT_BASEIMAGE: the next producer uses the memory of the one slot again, and a late
 * write into a claim would spoil its picture. So there the names stay, and ferry_producer_create
 * returns FERRY_BUSY, until ferry_producer_close. Programs that know only the BaseImage layout may
 * write there at any time, as ever: abort the claim before it is written late.
 *
 * Does not block. The thread that claims calls it; other threads may be in the calls for an open
 * claim. Returns FERRY_OK, also when the stream has ended before; FERRY_INVALID_ARGUMENT,
 * FERRY_MALFORMED or FERRY_FORKED, and has changed nothing then. */
FERRY_API ferry_status ferry_producer_end(ferry_producer *producer, ferry_error *error);

/* Takes a free slot for a frame of the size in info and makes its memory available. On success
 * claim->pixels is valid until commit, abort or close. Several claims may be open at once, up to
 * slots - 1 with the frames that are kept (ferry_producer_commit_keep), and be committed in any
 * order.
 * When no slot is free, FERRY_WHEN_FULL_WAIT blocks up to full_timeout_ns and then returns
 * FERRY_TIMEOUT (the frame is still the caller's: try again, or count it with ferry_producer_drop).
 * FERRY_WHEN_FULL_DROP returns FERRY_FULL and counts the frame as dropped.
 * A claim that may block does so also for a large frame while slots are free, if one that was used
 * a moment ago will be free soon: for no longer than filling new memory would take, and while
 * consumers have frames to work on (docs/performance.md).
 * Returns FERRY_OK, and also FERRY_TOO_LARGE, FERRY_NO_SPACE (shared memory is used up; nothing is
 * lost, a later call may succeed), FERRY_TOO_MANY_HELD, FERRY_INVALID_ARGUMENT, FERRY_INTERRUPTED,
 * FERRY_END_OF_STREAM (after ferry_producer_end), FERRY_MALFORMED (a peer has cut the shared memory
 * short; close the handle) or FERRY_FORKED. */
FERRY_API ferry_status ferry_producer_claim(ferry_producer *producer, const ferry_frame_info *info,
                                            ferry_claim *claim, ferry_error *error);

/* Does what ferry_producer_claim does, with a limit for this call alone, whatever the policy of the
 * channel: blocks up to timeout_ns for a slot; 0 looks once and takes any that is free, and
 * FERRY_FOREVER waits for ever. When no slot comes free it returns FERRY_TIMEOUT, and no frame
 * counts as dropped (ferry_producer_drop counts one). It also clears away dead consumers that are
 * in the way, evicts those that stand still, and can be interrupted. Otherwise returns as
 * ferry_producer_claim; FERRY_INVALID_ARGUMENT also for a negative time. */
FERRY_API ferry_status ferry_producer_claim_timed(ferry_producer *producer,
                                                  const ferry_frame_info *info, int64_t timeout_ns,
                                                  ferry_claim *claim, ferry_error *error);

/* Shows a claimed frame before it is whole, to consumers that have asked for that
 * (ferry_consumer_acquire_early). They read its first part while the rest is being written. Other
 * consumers see nothing of it before commit. claim->info is announced as it is now; from here on
 * only what comes after the planes in ferry_frame_info may change: flags, capture_ns, metadata.
 * Pixels are written from the first to the last, and ferry_producer_advance says how far they are.
 * The frame gets its number when it is committed, like any other. If it is aborted instead, or the
 * producer dies, consumers that follow it get FERRY_ABANDONED or FERRY_PRODUCER_LOST, and no number
 * is used up.
 * Does not block. Returns FERRY_OK, FERRY_TOO_MANY_HELD (another claim is shown; only one can be),
 * FERRY_INVALID_ARGUMENT (the claim is not open, or is shown already, or info no longer fits what
 * was claimed), FERRY_NOT_SUPPORTED (a channel of one slot), FERRY_END_OF_STREAM (after
 * ferry_producer_end), FERRY_MALFORMED or FERRY_FORKED; the claim stays open and can be committed
 * all the same. */
FERRY_API ferry_status ferry_producer_show_early(ferry_producer *producer, ferry_claim *claim,
                                                 ferry_error *error);

/* Says that the first filled_bytes of a shown frame's pixels have been written and will not change
 * any more. The call costs some tens of atomic loads, and a system call for each consumer that
 * sleeps until that many bytes are there: parts of 64 KiB and more are worth a call. The last part
 * needs none, since commit says that the frame is whole.
 * Does not block. Returns FERRY_OK, FERRY_INVALID_ARGUMENT (the claim is not shown; less than
 * before, or more than the frame has), FERRY_END_OF_STREAM (after ferry_producer_end),
 * FERRY_MALFORMED or FERRY_FORKED. */
FERRY_API ferry_status ferry_producer_advance(ferry_producer *producer, const ferry_claim *claim,
                                              uint32_t filled_bytes, ferry_error *error);

/* Publishes a claimed frame; its number goes to *number unless that is NULL. Ends the claim, also
 * when it fails (the slot is then free again; a frame that was kept is let go). Never blocks on
 * consumers.
 * Returns FERRY_OK, FERRY_INVALID_ARGUMENT when info no longer fits what was claimed, or what was
 * shown, FERRY_EXHAUSTED after 2^56 - 1 frames (create the channel anew),
 * FERRY_END_OF_STREAM (after ferry_producer_end; nothing is published), FERRY_MALFORMED,
 * FERRY_FORKED. */
FERRY_API ferry_status ferry_producer_commit(ferry_producer *producer, ferry_claim *claim,
                                             uint64_t *number, ferry_error *error);

/* Publishes a claimed frame as ferry_producer_commit does, and keeps its slot: it is not filled
 * anew, nor its memory given back, before ferry_producer_let_go. The claim goes on to stand for it.
 * claim->pixels can be read as long: for a decoder that needs the frame for the next ones, or a
 * pool that lends its buffers to others too. Do not write into them: consumers read them at the
 * same time, and nothing would tell them that a frame is torn. A frame that was shown early can be
 * kept as well.
 * Open claims and kept frames together are slots - 1 at most: a claim beyond that gets
 * FERRY_TOO_MANY_HELD. Kept slots are not there for other frames, so that a slow consumer holds the
 * producer up sooner: choose slots accordingly. The kept frame stays what it was to consumers: they
 * find it as long as it is new enough for them, and ferry_producer_drain waits for no one to let
 * go. Never blocks on consumers. Returns as ferry_producer_commit, and ends the claim when that
 * would; also FERRY_NOT_SUPPORTED (a channel of one slot; the claim stays open and can be
 * committed). */
FERRY_API ferry_status ferry_producer_commit_keep(ferry_producer *producer, ferry_claim *claim,
                                                  uint64_t *number, ferry_error *error);

/* Lets go of a frame that ferry_producer_commit_keep has kept: its slot can be filled again when no
 * consumer wants it any more, and claim->pixels is NULL. Wakes a claim that waits for a slot, and
 * makes the pollable readable. Does nothing for a claim that is not kept. ferry_producer_close lets
 * go of all. Any thread, one at a time for each claim; does not block. */
FERRY_API void ferry_producer_let_go(ferry_producer *producer, ferry_claim *claim);

/* Gives a claimed slot back unpublished. A frame that is kept has been published: this lets go of
 * it. Does nothing for any other claim that is not open. Does not block. */
FERRY_API void ferry_producer_abort(ferry_producer *producer, ferry_claim *claim);

/* Copies a frame into a slot and publishes it. info describes the frame as it will lie in the slot
 * (stride_bytes 0: without padding). source_stride_bytes is the distance in bytes from one row to
 * the next in pixels. 0: pixels already has the layout of info. Negative, for formats of one plane:
 * pixels points to the top row of a picture that is stored bottom-up.
 * For formats with several planes, the source's planes follow one another as ferry_layout_compute
 * has it for source_stride_bytes, wherever info has those of the slot. A compressed format has no
 * rows: source_stride_bytes is 0. Blocks and returns as ferry_producer_claim and
 * ferry_producer_commit do. */
FERRY_API ferry_status ferry_producer_send(ferry_producer *producer, const ferry_frame_info *info,
                                           const void *pixels, ptrdiff_t source_stride_bytes,
                                           uint64_t *number, ferry_error *error);

/* Counts one frame as dropped by the caller, so that consumers see it in ferry_frame_info.dropped.
 * Does not block. */
FERRY_API void ferry_producer_drop(ferry_producer *producer);

/* Blocks until at least one consumer is attached and has its place in the stream, up to timeout_ns.
 * That place is before every frame that is sent after this call. Returns FERRY_OK, FERRY_TIMEOUT,
 * FERRY_INTERRUPTED, FERRY_END_OF_STREAM (after ferry_producer_end), FERRY_MALFORMED, FERRY_FORKED
 * or FERRY_INVALID_ARGUMENT (a negative time). Programs that know only the BaseImage layout do not
 * count. */
FERRY_API ferry_status ferry_producer_wait_consumer(ferry_producer *producer, int64_t timeout_ns);

/* Blocks until every "every" consumer has received and released all frames, or is dead, and no
 * other consumer holds a frame, not even one that has left (ferry_consumer_leave); up to
 * timeout_ns. For a program that needs the slots back: it gives their memory away, or exits with
 * work to be done by consumers. One that only has to know that no frame will be missed calls
 * ferry_producer_wait_received, which a consumer that keeps a frame does not hold up. Returns
 * FERRY_OK, FERRY_TIMEOUT, FERRY_INTERRUPTED, FERRY_MALFORMED, FERRY_FORKED or
 * FERRY_INVALID_ARGUMENT (a negative time). */
FERRY_API ferry_status ferry_producer_drain(ferry_producer *producer, int64_t timeout_ns);

/* Blocks until every "every" consumer has received all frames, or skipped them within its bound, or
 * is dead, evicted or gone; up to timeout_ns. It does not wait for the release of a frame, and not
 * for "latest" consumers. Frames that were received stay readable after ferry_producer_close.
 * Returns as ferry_producer_drain. */
FERRY_API ferry_status ferry_producer_wait_received(ferry_producer *producer, int64_t timeout_ns);

/* Does what claim and the waiting calls do about once a second: clears away dead consumers, and
 * checks that the channel's names still stand for its objects. On Linux other programs can remove
 * them. A name is put back where the system allows that; ferry_producer_counters tells which are
 * missing. Call it about once a second while there is nothing to send; it does nothing when called
 * more often. Does not block. */
FERRY_API void ferry_producer_tend(ferry_producer *producer);

/* Makes the blocking call that is under way, or else the next one, return FERRY_INTERRUPTED. May be
 * called from a signal handler. A pollable becomes readable. */
FERRY_API void ferry_producer_interrupt(ferry_producer *producer);

/* Gives the handle's pollable, the same at each call. It becomes readable (POLLIN; signalled on
 * Windows) when a slot may be free, when a consumer came or went, and when this producer has been
 * interrupted. It stays readable until a claim finds no slot: ferry_producer_claim_timed, or
 * ferry_producer_claim under FERRY_WHEN_FULL_DROP, returns FERRY_TIMEOUT, FERRY_FULL or
 * FERRY_TOO_MANY_HELD. So, when there is a frame to send, call ferry_producer_claim_timed with
 * timeout 0, and wait for the pollable when it returns FERRY_TIMEOUT. An edge-triggered loop needs
 * no more than that, and nothing is read from the pollable. The pollable may be readable without a
 * reason. A consumer that was killed makes it readable within 250 ms. After FERRY_TOO_MANY_HELD it
 * becomes readable when a claim is committed or aborted, or a kept frame is let go. FERRY_NO_SPACE
 * leaves it readable, since nothing tells when there is memory: try again after a while.
 *
 * A loop that waits for consumers alone, without a frame to send, calls
 * ferry_producer_wait_consumer or ferry_producer_drain with timeout 0 instead: FERRY_TIMEOUT leaves
 * the pollable clear, unless the last claim found no slot. A loop that waits for both claims first.
 * All calls that block go on working.
 *
 * A pollable costs nothing until it is asked for. From the first call until ferry_producer_close it
 * takes one more descriptor, one more thread inside the library, a wake-up for each frame that a
 * consumer gives back, and a look at the consumers ten times a second while nothing happens. While
 * a claim has found no slot, and there is a stall limit, it is readable ten times a second.
 *
 * The handle owns the pollable: do not close it, do not read from it, and take it out of the loop
 * before ferry_producer_close, which waits for the thread to end (within a moment) and closes it. A
 * forked child cannot use it.
 *
 * By the thread that claims and waits. Does not block. Returns FERRY_OK, FERRY_INVALID_ARGUMENT
 * (out is NULL), FERRY_FORKED, FERRY_NO_MEMORY or FERRY_SYSTEM_ERROR (no descriptor, or no thread,
 * is left); *out is FERRY_POLLABLE_NONE then. Source: eventfd(2). */
FERRY_API ferry_status ferry_producer_get_pollable(ferry_producer *producer, ferry_pollable *out,
                                                   ferry_error *error);

/* Fills *out with what this producer has done so far. Does not block. In a forked child all figures
 * are 0. */
FERRY_API void ferry_producer_get_counters(ferry_producer *producer, ferry_producer_counters *out);

/* Fills up to capacity entries of list with the consumers that are attached and alive, and returns
 * how many there are in all. One that has left with frames in hand is not among them; list may be
 * NULL, for the number alone. Also clears away dead consumers. Does not block. */
FERRY_API size_t ferry_producer_list_consumers(ferry_producer *producer, ferry_consumer_info *list,
                                               size_t capacity);

FERRY_END_DECLS

#endif
