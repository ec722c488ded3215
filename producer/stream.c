#include "stream.h"

#include <frameferry/host.h>

#include "message.h"

/* How long the loop sleeps or waits before it asks the launch again. */
#define SLICE_NS (FERRY_SECOND_NS / 10)
/* Consumers that already wait for this channel attach within this time, and need no message. */
#define GRACE_NS (FERRY_SECOND_NS / 5)

static bool is_stopped(void) {
    return ferryi_host_stop_count() > 0;
}

static int fail(const ferry_error *error) {
    ferryi_message_fail("%s", error->message);
    return FERRYI_EXIT_FAILED;
}

static void say_waiting(const producer_options *o) {
    ferryi_message_inform("waiting for a consumer on channel %s: start one with: ferry-consumer "
                          "--name %s ... or use --no-wait",
                          o->name, o->name);
    if (o->dialect == FERRY_DIALECT_BASEIMAGE)
        ferryi_message_inform("programs that know only the BaseImage layout never announce "
                              "themselves: for them, use --no-wait");
}

int stream_wait_first(stream *s) {
    const producer_options *o = s->options;
    if (is_stopped() || o->launch != NULL || o->wait == WAIT_NOT ||
        (o->wait == WAIT_AS_SOURCE && s->source->live))
        return FERRYI_EXIT_FINE;
    int64_t limit_ns = o->wait == WAIT_LIMITED ? o->wait_ns : FERRY_FOREVER;
    int64_t grace_ns = limit_ns < GRACE_NS ? limit_ns : GRACE_NS;
    ferry_status status = ferry_producer_wait_consumer(s->producer, grace_ns);
    if (status == FERRY_TIMEOUT && limit_ns > grace_ns) {
        say_waiting(o);
        do
            status = ferry_producer_wait_consumer(
                s->producer, limit_ns == FERRY_FOREVER ? FERRY_FOREVER : limit_ns - grace_ns);
        while (status == FERRY_INTERRUPTED && !is_stopped());
    }
    if (status == FERRY_OK || is_stopped())
        return FERRYI_EXIT_FINE;
    if (status != FERRY_TIMEOUT) {
        ferryi_message_fail("waiting for a consumer failed: %s", ferry_status_text(status));
        return FERRYI_EXIT_FAILED;
    }
    ferryi_message_fail("no consumer has attached to channel %s within %g s", o->name,
                        (double)limit_ns / 1e9);
    return FERRYI_EXIT_TIMED_OUT;
}

/* Asks the launch until there is somebody to send to. Returns LAUNCH_WAIT when the user asked to
 * stop. */
static launch_verdict await_launch(stream *s) {
    for (;;) {
        launch_verdict verdict = launch_tick(s->launch);
        if (verdict != LAUNCH_WAIT || is_stopped())
            return verdict;
        ferry_status status = ferry_producer_wait_consumer(s->producer, SLICE_NS);
        if (status != FERRY_OK && status != FERRY_TIMEOUT && status != FERRY_INTERRUPTED)
            return LAUNCH_SEND; /* the channel is unusable: sending says why */
    }
}

static uint64_t due_ns(const stream *s) {
    const ferryi_rate *rate = &s->options->rate;
    /* Both factors are below 2^30, see ferryi_rate. */
    uint64_t share = s->frame * rate->seconds;
    return s->begin_ns + share / rate->frames * FERRY_SECOND_NS +
           share % rate->frames * FERRY_SECOND_NS / rate->frames;
}

/* Reckons from now on that this frame is sent at its time. A frame that is late by more than a
 * whole period begins a new reckoning: the time that was lost is not made up for by frames in a
 * bunch. */
static void keep_pace(stream *s) {
    const ferryi_rate *rate = &s->options->rate;
    uint64_t now_ns = ferry_clock_ns();
    if (rate->frames == 0)
        return;
    uint64_t period_ns = rate->seconds * FERRY_SECOND_NS / rate->frames;
    if (s->begin_ns == 0 || now_ns > due_ns(s) + period_ns) {
        s->begin_ns = now_ns;
        s->frame = 0;
    }
    if (++s->frame == rate->frames) {
        s->begin_ns += rate->seconds * FERRY_SECOND_NS;
        s->frame = 0;
    }
}

/* Waits until there is somebody to send to and the frame is due. LAUNCH_WAIT: the user asked to
 * stop. */
static launch_verdict await_turn(stream *s) {
    for (;;) {
        launch_verdict verdict = await_launch(s);
        if (verdict != LAUNCH_SEND)
            return verdict;
        uint64_t now_ns = ferry_clock_ns();
        bool paced = s->options->rate.frames > 0 && s->begin_ns > 0;
        if (!paced || now_ns >= due_ns(s))
            break;
        uint64_t until_ns = due_ns(s) < now_ns + SLICE_NS ? due_ns(s) : now_ns + SLICE_NS;
        if (ferryi_host_sleep_until(until_ns))
            return LAUNCH_WAIT;
    }
    keep_pace(s);
    return LAUNCH_SEND;
}

/* Puts a frame into the channel, once. */
static ferry_status publish(stream *s, const ferry_image *frame, ferry_error *error) {
    if (s->source->draw == NULL)
        return ferry_producer_send(s->producer, &frame->info, frame->pixels, 0, NULL, error);
    ferry_claim claim;
    ferry_status status = ferry_producer_claim(s->producer, &frame->info, &claim, error);
    if (status != FERRY_OK)
        return status;
    s->source->draw(s->source, claim.pixels);
    return ferry_producer_commit(s->producer, &claim, NULL, error);
}

/* Publishes a frame, waiting while the channel is full. FERRY_TIMEOUT: the launch ended the
 * wait. */
static ferry_status deliver(stream *s, const ferry_image *frame, launch_verdict *verdict,
                            ferry_error *error) {
    for (;;) {
        ferry_status status = publish(s, frame, error);
        bool again = status == FERRY_TIMEOUT || (status == FERRY_INTERRUPTED && !is_stopped());
        if (!again)
            return status;
        *verdict = await_launch(s);
        if (*verdict != LAUNCH_SEND)
            return FERRY_TIMEOUT;
    }
}

static int exit_code(launch_verdict verdict) {
    switch (verdict) {
    case LAUNCH_TIMED_OUT: return FERRYI_EXIT_TIMED_OUT;
    case LAUNCH_FAILED: return FERRYI_EXIT_FAILED;
    default: return FERRYI_EXIT_FINE;
    }
}

static void count(stream *s, ferry_status status) {
    s->attempts++;
    if (status != FERRY_OK)
        return;
    s->last_ns = ferry_clock_ns();
    if (s->first_ns == 0)
        s->first_ns = s->last_ns;
}

/* Sends one frame. Returns whether to go on; if not, *code is the exit code. */
static bool send_one(stream *s, const ferry_image *frame, int *code) {
    launch_verdict verdict = await_turn(s);
    *code = exit_code(verdict);
    if (verdict != LAUNCH_SEND)
        return false;
    ferry_error error;
    ferry_status status = deliver(s, frame, &verdict, &error);
    *code = exit_code(verdict);
    if (status == FERRY_TIMEOUT || (status == FERRY_INTERRUPTED && is_stopped()))
        return false;
    if (status != FERRY_OK && status != FERRY_FULL) {
        *code = fail(&error);
        return false;
    }
    count(s, status);
    return true;
}

/* Whether all went well, once there are no more frames. */
static int conclude(const stream *s) {
    if (s->source->is_broken)
        return FERRYI_EXIT_FAILED;
    if (s->attempts > 0 || is_stopped())
        return FERRYI_EXIT_FINE;
    ferryi_message_fail("none of the sources could be sent");
    return FERRYI_EXIT_FAILED;
}

int stream_run(stream *s) {
    ferry_image frame = FERRY_IMAGE_INIT;
    int code = FERRYI_EXIT_FINE;
    bool goes_on = true;
    while (goes_on && !is_stopped() &&
           (s->options->count == 0 || s->attempts < s->options->count) &&
           s->source->next(s->source, &frame))
        goes_on = send_one(s, &frame, &code);
    ferry_image_free(&frame);
    return goes_on ? conclude(s) : code;
}
