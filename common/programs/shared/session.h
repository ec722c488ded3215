/* A program's membership in a channel as a consumer: attach to the producer, receive, and attach to
 * the next producer when one ends, dies, or evicts this consumer. Frame numbers and counters go on
 * from one producer to the next. Or a port in place of the channel (session_port.h), which has no
 * producer that could be seen to end. All calls are for one thread, but app_session_interrupt and
 * app_session_wake. */
#ifndef APP_SESSION_H
#define APP_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include <frameferry/consumer.h>

#include "shared/session_port.h"
#include "shared/share.h"

typedef struct app_session app_session;

typedef struct app_session_plan {
    const char *channel;        /* allowed by ferry_name_check; of a port: the memory's name */
    const app_port *port;       /* NULL: a channel. Else channel, share and the times count */
    uint32_t delivery;          /* a ferry_delivery */
    bool accepts_latest;        /* on a channel of one slot, which cannot deliver every frame */
    uint32_t max_lag;           /* for "every": as in ferry_consumer_options */
    app_share share;            /* other users whose channel is accepted */
    uint32_t bare_16bit_format; /* as in ferry_consumer_options */
    uint32_t bare_format;
    bool bare_images;
    const char *event_name;
    bool bare_bottom_up;
    int64_t wait_ns;    /* for each producer; FERRY_FOREVER: no limit */
    int64_t timeout_ns; /* for the next frame, with or without a producer */
    bool reconnects;    /* to the next producer when one ends */

    /* Hints that end the message about a lost producer, and about an eviction. NULL: none. */
    const char *lost_hint;
    const char *evicted_hint;

    /* Called by app_session_run. tick: several times a second while no producer is attached.
     * attached: session->consumer and ->channel are set. receive: takes frames until the stream
     * ends, or the program has enough; returns FERRY_OK, or what ended it, with error->message.
     * detached: the counts of this producer are in the totals; ended is what receive returned. */
    void (*tick)(void *argument);
    void (*attached)(void *argument);
    ferry_status (*receive)(void *argument, ferry_error *error);
    void (*detached)(void *argument, ferry_status ended);
    void *argument;
} app_session_plan;

typedef struct app_session_counts {
    uint64_t received;
    uint64_t skipped;
    uint64_t dropped; /* by the producers */
    uint64_t refused; /* of the skipped: with a header that cannot be */
    uint64_t lag;     /* published by the attached producer and not received yet */
} app_session_counts;

/* Starts as all zeros but for the plan. */
struct app_session {
    const app_session_plan *plan;
    bool has_failed; /* set by the callbacks, with the failure reported: the session ends */
    bool has_enough; /* likewise, when there is no use for more frames: it ends, and well */

    /* About the producer that is attached, or was last. */
    ferry_consumer *consumer;   /* NULL: none is attached */
    ferry_channel_info channel; /* all zeros before the first */
    uint32_t delivery;          /* a ferry_delivery: the plan's, or what the channel allows */
    uint64_t here;              /* frames received from it */

    uint64_t carried;  /* frames that count as skipped before the next one that is handed on */
    uint64_t ready_ns; /* when the program became ready for the next frame: begins timeout_ns */

    /* Private. */
    app_session_port port;               /* in place of a channel; closed: none */
    ferry_consumer *handle;              /* attached or not; NULL: not made yet */
    _Atomic(ferry_consumer *) reachable; /* the same for other threads; NULL: it is being closed */
    app_session_counts totals;           /* of producers that have been left */
    uint64_t last;                       /* the producer's number of the last frame, or missed */
    uint64_t offset;                     /* from the producer's numbers to ours */
    uint64_t dropped;                    /* by this producer, and in the totals already */
    bool has_received;                   /* from any producer */
    bool has_warned;                     /* about a channel of one slot */
    bool was_refused;                    /* the last producer's frames could not be read */
    ferry_status ended;                  /* how the last producer ended; FERRY_OK: there was none */
};

/* Attaches and receives, with plan->reconnects from one producer after another, until the user asks
 * to stop. Failures are reported. Returns the exit code. */
int app_session_run(app_session *s);

/* Notes a received frame, by the producer's number. Returns its number in this session. */
uint64_t app_session_note(app_session *s, uint64_t number);

/* Copies the next frame out. Returns as ferry_consumer_copy, or as ferry_port_receive, but that
 * messages which cannot be are told and passed over. */
ferry_status app_session_copy(app_session *s, int64_t timeout_ns, ferry_image *image,
                              ferry_error *error);

/* Counts of all producers, with those of the one that is attached. */
void app_session_get_counts(const app_session *s, app_session_counts *out);

/* Makes a call that waits for a frame, or for a producer, return: FERRY_INTERRUPTED because the
 * program ends, FERRY_WOKEN because it has something else to do.
 * May be called from any thread, and from a handler of host_catch_stop. Another thread must be done
 * with app_session_wake before receive returns. */
void app_session_interrupt(app_session *s);
void app_session_wake(app_session *s);

#endif
