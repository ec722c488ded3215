#include "shared/session.h"

#include <stdatomic.h>

#include <frameferry/clock.h>

#include "host/host.h"
#include "shared/around.h"
#include "shared/limit.h"
#include "shared/message.h"

/* The wait for a producer is cut into slices, between which the program ticks. */
#define ATTACH_SLICE_NS (FERRY_SECOND_NS / 10)
#define ATTACH_PATIENCE_NS (FERRY_SECOND_NS / 2)
/* A sender of the BaseImage kind creates its mapping first and its event a moment later: a foreign
 * object may become a channel within this time. The library waits as long, but only within a
 * slice. */
#define FOREIGN_GRACE_NS (FERRY_SECOND_NS / 2)

/* ---- other threads ---- */

void app_session_interrupt(app_session *s) {
    ferry_consumer_interrupt(atomic_load(&s->reachable)); /* which accepts NULL */
    app_session_port_interrupt(&s->port);
}

void app_session_wake(app_session *s) {
    ferry_consumer_wake(atomic_load(&s->reachable));
    app_session_port_wake(&s->port);
}

/* ---- attaching ---- */

static ferry_consumer_options describe_consumer(const app_session_plan *plan) {
    ferry_consumer_options options = FERRY_CONSUMER_OPTIONS_INIT;
    options.name = plan->channel;
    options.delivery = plan->delivery;
    options.max_lag = plan->delivery == FERRY_DELIVERY_EVERY ? plan->max_lag : 0;
    options.group_sharing = plan->share.with;
    options.group_name = plan->share.group;
    options.bare_16bit_format = plan->bare_16bit_format;
    options.bare_format = plan->bare_format;
    options.bare_images = plan->bare_images;
    options.event_name = plan->event_name;
    options.bare_bottom_up = plan->bare_bottom_up;
    return options;
}

/* Makes a handle that is not attached, in the place of the one there is. */
static ferry_status make_handle(app_session *s, const ferry_consumer_options *options,
                                ferry_error *error) {
    atomic_store(&s->reachable, NULL);
    host_settle_notify();
    ferry_consumer_close(&s->handle);
    ferry_status status = ferry_consumer_new(&s->handle, options, error);
    s->delivery = options->delivery;
    atomic_store(&s->reachable, s->handle);
    return status;
}

static ferry_status attach_handle(app_session *s, int64_t wait_ns, ferry_error *error) {
    ferry_consumer_options options = describe_consumer(s->plan);
    ferry_status status = FERRY_OK;
    if (s->handle == NULL)
        status = make_handle(s, &options, error);
    if (status == FERRY_OK)
        status = ferry_consumer_attach(s->handle, wait_ns, error);
    if (status != FERRY_NOT_SUPPORTED || !s->plan->accepts_latest ||
        s->delivery != FERRY_DELIVERY_EVERY)
        return status;
    if (!s->has_warned)
        app_message_warn("channel %s has a single slot: frames that arrive while others are being "
                         "saved are skipped",
                         s->plan->channel);
    s->has_warned = true;
    options.delivery = FERRY_DELIVERY_LATEST;
    options.max_lag = 0;
    status = make_handle(s, &options, error);
    return status == FERRY_OK ? ferry_consumer_attach(s->handle, wait_ns, error) : status;
}

/* Continues numbers and counters. A new producer counts from 1 again, and our numbers go on from
 * the highest one before. If it is the same producer, as after an eviction, the frames in between
 * were missed. */
static void note_attached(app_session *s) {
    uint64_t generation = s->channel.generation; /* 0: none before, or unknown */
    s->consumer = s->handle;
    ferry_consumer_counters counters;
    ferry_consumer_get_channel(s->consumer, &s->channel);
    ferry_consumer_get_counters(s->consumer, &counters);
    s->here = 0;
    uint64_t before = counters.first - 1;
    if (generation != 0 && generation == s->channel.generation) {
        uint64_t missed = before > s->last ? before - s->last : 0;
        s->carried += missed;
        s->totals.skipped += missed;
    } else {
        uint64_t highest = s->last + s->offset;
        s->dropped = 0;
        s->offset = s->has_received ? highest - before : 0;
    }
    s->last = before;
}

/* Another user's dead channel has the name: the sentence says more than that no producer came. */
static bool names_another_user(const ferry_error *error) {
    return error->os_code != 0;
}

static const char *why_no_frame(const app_session *s, bool was_attached) {
    if (was_attached && s->was_refused)
        return "its sender's frames have headers that cannot be";
    if (was_attached)
        return "its producer is running but sends none";
    switch (s->ended) {
    case FERRY_OK: return "there is no producer";
    case FERRY_END_OF_STREAM: return "its producer has ended";
    case FERRY_EVICTED: return "this consumer was evicted and could not attach again";
    default: return "its producer died or was replaced";
    }
}

/* Says that timeout_ns is over. Returns the exit code. */
static int say_no_frame(const app_session *s, bool was_attached) {
    const app_session_plan *plan = s->plan;
    if (plan->timeout_ns == 0)
        app_message_fail("no frame on channel %s: %s", plan->channel,
                         why_no_frame(s, was_attached));
    else
        app_message_fail("no frame on channel %s within %g s: %s", plan->channel,
                         (double)plan->timeout_ns / 1e9, why_no_frame(s, was_attached));
    return APP_EXIT_TIMED_OUT;
}

static int say_no_producer(const app_session_plan *plan) {
    if (plan->wait_ns == 0)
        app_message_fail("no producer on channel %s", plan->channel);
    else
        app_message_fail("no producer on channel %s within %g s", plan->channel,
                         (double)plan->wait_ns / 1e9);
    return APP_EXIT_TIMED_OUT;
}

/* A wait for a producer. */
typedef struct wait {
    uint64_t begin_ns;
    uint64_t foreign_ns; /* since when a foreign object has the name; 0: none at the last look */
    app_around around;
    bool is_told; /* the user knows that the program waits */
} wait;

/* Whether the next look may find a channel. */
static bool may_come(wait *w, ferry_status status, int64_t left_ns) {
    if (status != FERRY_FOREIGN) {
        w->foreign_ns = 0;
        return status == FERRY_NO_PRODUCER;
    }
    uint64_t now_ns = ferry_clock_ns();
    if (w->foreign_ns == 0)
        w->foreign_ns = now_ns;
    return left_ns > 0 && now_ns - w->foreign_ns < (uint64_t)FOREIGN_GRACE_NS;
}

/* Time is over. Returns the exit code. */
static int give_up(const app_session *s, wait *w, bool is_for_frame, const ferry_error *error) {
    int exit_code = is_for_frame ? say_no_frame(s, false) : say_no_producer(s->plan);
    if (names_another_user(error))
        app_message_fail("%s", error->message);
    app_around_advise(&w->around, s->plan->channel);
    return exit_code;
}

static void go_on_waiting(const app_session *s, wait *w, const ferry_error *error) {
    const char *channel = s->plan->channel;
    if (!w->is_told && ferry_clock_ns() - w->begin_ns > ATTACH_PATIENCE_NS) {
        app_message_inform("waiting for a producer on channel %s", channel);
        if (names_another_user(error))
            app_message_warn("%s", error->message);
        app_around_tell(&w->around, channel, names_another_user(error));
        w->is_told = true;
    }
    app_around_look_again(&w->around, channel);
}

/* Whether no producer is wanted any more. */
static bool is_over(const app_session *s) {
    return host_stop_count() > 0 || s->has_failed || s->has_enough;
}

/* Waits for a producer and attaches to it. *exit_code is APP_EXIT_FINE when it returns false
 * because the user asked to stop, or there is no use for one. Any other failure is reported. */
static bool attach(app_session *s, bool is_told, int *exit_code) {
    wait w = {.begin_ns = ferry_clock_ns(), .is_told = is_told};
    *exit_code = APP_EXIT_FINE;
    while (!is_over(s)) {
        s->plan->tick(s->plan->argument);
        int64_t left = app_limit_left_ns(w.begin_ns, s->plan->wait_ns);
        int64_t left_for_frame = app_limit_left_ns(s->ready_ns, s->plan->timeout_ns);
        bool is_for_frame = left_for_frame < left;
        if (is_for_frame)
            left = left_for_frame;
        ferry_error error;
        ferry_status status =
            attach_handle(s, left < ATTACH_SLICE_NS ? left : ATTACH_SLICE_NS, &error);
        if (status == FERRY_OK) {
            note_attached(s);
            s->plan->attached(s->plan->argument);
            return true;
        }
        if (status == FERRY_INTERRUPTED || status == FERRY_WOKEN)
            continue; /* the user asks to stop, or a thread had news of the producer before */
        if (!may_come(&w, status, left)) {
            app_message_fail("%s", error.message);
            *exit_code = APP_EXIT_FAILED;
            return false;
        }
        if (left == 0) {
            *exit_code = give_up(s, &w, is_for_frame, &error);
            return false;
        }
        go_on_waiting(s, &w, &error);
    }
    return false;
}

/* ---- counting ---- */

uint64_t app_session_note(app_session *s, uint64_t number) {
    s->last = number;
    s->has_received = true;
    s->here++;
    return number + s->offset;
}

/* Adds what the library has counted for the attached producer. */
static void add_counts(const app_session *s, const ferry_consumer_counters *here,
                       app_session_counts *to) {
    to->received += here->received;
    to->skipped += here->skipped;
    to->refused += here->refused;
    /* The library counts all drops of the producer, also those before this consumer attached. */
    to->dropped += here->dropped - s->dropped;
}

ferry_status app_session_copy(app_session *s, int64_t timeout_ns, ferry_image *image,
                              ferry_error *error) {
    return s->plan->port != NULL ? app_session_port_copy(&s->port, timeout_ns, image, error)
                                 : ferry_consumer_copy(s->consumer, timeout_ns, image, error);
}

void app_session_get_counts(const app_session *s, app_session_counts *out) {
    *out = s->totals;
    if (s->plan->port != NULL)
        out->received = s->here;
    if (s->consumer == NULL)
        return;
    ferry_consumer_counters here;
    ferry_consumer_get_counters(s->consumer, &here);
    add_counts(s, &here, out);
    out->lag = here.pending;
}

/* Adds up the counts of a producer that is left. The handle detaches when it attaches again, or is
 * closed. No frame may be in hand. */
static void detach(app_session *s) {
    ferry_consumer_counters here;
    ferry_consumer_get_counters(s->consumer, &here);
    add_counts(s, &here, &s->totals);
    s->dropped = here.dropped;
    s->was_refused = here.refused > 0 && here.received == 0;
    s->consumer = NULL;
}

static void close_handle(app_session *s) {
    atomic_store(&s->reachable, NULL);
    host_settle_notify();
    ferry_consumer_close(&s->handle);
}

/* ---- from one producer to the next ---- */

static const char *hint(const char *text) {
    return text != NULL ? text : "";
}

/* Says what ended the session. Returns the exit code. */
static int explain_end(const app_session *s, ferry_status status, const ferry_error *error) {
    const app_session_plan *plan = s->plan;
    switch (status) {
    case FERRY_OK:
    case FERRY_INTERRUPTED:
    case FERRY_END_OF_STREAM: return APP_EXIT_FINE;
    case FERRY_OVERTAKEN:
    case FERRY_OVERRUN:
    case FERRY_TIMEOUT: return say_no_frame(s, true);
    case FERRY_PRODUCER_LOST:
        app_message_fail("the producer died or was replaced before it ended the stream of channel "
                         "%s%s",
                         plan->channel, hint(plan->lost_hint));
        return APP_EXIT_FAILED;
    case FERRY_EVICTED:
        app_message_fail("evicted from channel %s: this consumer did not advance for longer than "
                         "the producer waits%s",
                         plan->channel, hint(plan->evicted_hint));
        return APP_EXIT_FAILED;
    default: app_message_fail("%s", error->message); return APP_EXIT_FAILED;
    }
}

static bool is_end(ferry_status status) {
    return status == FERRY_END_OF_STREAM || status == FERRY_PRODUCER_LOST ||
           status == FERRY_EVICTED;
}

/* Says why the session attaches again. */
static void say_again(const app_session *s) {
    const char *channel = s->plan->channel;
    if (s->ended == FERRY_EVICTED)
        app_message_warn("evicted from channel %s for not advancing: attaching again", channel);
    else
        app_message_inform("the producer of channel %s %s: waiting for the next one", channel,
                           s->ended == FERRY_END_OF_STREAM ? "has ended" : "died or was replaced");
}

/* Whether to attach again. *is_told: the user has been told so. A sender of the BaseImage kind that
 * went away, or was replaced by a native producer, before it sent a frame counts as never seen. */
static bool reconnects(app_session *s, ferry_status status, bool *is_told) {
    if (is_over(s) || !is_end(status))
        return false;
    if (status == FERRY_PRODUCER_LOST && !s->channel.has_block && s->here == 0)
        return true;
    if (!s->plan->reconnects)
        return false;
    s->ended = status;
    say_again(s);
    *is_told = true;
    return true;
}

/* From one producer to the next. Returns the exit code. */
static int receive_from_all(app_session *s) {
    int exit_code;
    bool is_told = false;
    s->ready_ns = ferry_clock_ns();
    while (attach(s, is_told, &exit_code)) {
        if (is_told)
            app_message_inform("attached to channel %s again", s->plan->channel);
        is_told = false;
        ferry_error error;
        ferry_status status = s->plan->receive(s->plan->argument, &error);
        app_message_clear_progress();
        detach(s);
        s->plan->detached(s->plan->argument, status);
        if (reconnects(s, status, &is_told))
            continue;
        if (s->has_failed || s->has_enough)
            return s->has_failed ? APP_EXIT_FAILED : APP_EXIT_FINE;
        /* When the session would reconnect, a stop request after the end of a stream is a success.
         */
        if (s->plan->reconnects && host_stop_count() > 0 && is_end(status))
            return APP_EXIT_FINE;
        return explain_end(s, status, &error);
    }
    return s->has_failed ? APP_EXIT_FAILED : exit_code;
}

/* A port has no producers that come and go. Returns the exit code. */
static int receive_from_port(app_session *s) {
    ferry_error error;
    const app_session_plan *plan = s->plan;
    if (!app_session_port_open(&s->port, plan->port, &plan->share, plan->wait_ns))
        return APP_EXIT_FAILED;
    s->ready_ns = ferry_clock_ns();
    plan->attached(plan->argument);
    ferry_status status = plan->receive(plan->argument, &error);
    app_message_clear_progress();
    app_session_port_close(&s->port);
    plan->detached(plan->argument, status);
    if (s->has_enough && !s->has_failed)
        return APP_EXIT_FINE;
    return s->has_failed ? APP_EXIT_FAILED
                         : app_session_port_explain(&s->port, plan->timeout_ns, status, &error);
}

int app_session_run(app_session *s) {
    if (s->plan->port != NULL)
        return receive_from_port(s);
    int exit_code = receive_from_all(s);
    close_handle(s);
    return exit_code;
}
