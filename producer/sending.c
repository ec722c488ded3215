#include "sending.h"

#include <string.h>

#include <frameferry/notes.h>
#include <frameferry/producer.h>

#include "host/host.h"
#include "host/inside.h"
#include "shared/message.h"
#include "shared/share.h"
#include "sources/open.h"

/* How long the loop sleeps or waits before it asks the launch again. */
#define SLICE_NS (FERRY_SECOND_NS / 10)
/* Consumers that already wait for this channel attach within this time, and need no message. */
#define GRACE_NS (FERRY_SECOND_NS / 5)

static bool is_stopped(void) {
    return host_stop_count() > 0;
}

static int fail(const ferry_error *error) {
    app_message_fail("%s", error->message);
    return APP_EXIT_FAILED;
}

static void say_waiting(const producer_options *o) {
    app_message_inform("waiting for a consumer on channel %s: start one with: ferry-consumer "
                       "--name %s %s... or use --no-wait",
                       o->common.name, o->common.name,
                       o->common.port.is_text ? "--payload text " : "");
    app_share_tell_own_memory("consumers");
    if (o->form.dialect == FERRY_DIALECT_BASEIMAGE)
        app_message_inform("programs that know only the BaseImage layout never announce "
                           "themselves: for them, use --no-wait");
}

static void tell(sending *s) {
    report_progress(&s->report);
    news_tick(&s->news);
}

/* Waits for a consumer, and looks after the channel meanwhile. */
static ferry_status wait_consumer(sending *s, int64_t limit_ns) {
    uint64_t start_ns = ferry_clock_ns();
    for (;;) {
        uint64_t spent_ns = ferry_clock_ns() - start_ns;
        int64_t left_ns = limit_ns;
        if (limit_ns != FERRY_FOREVER)
            left_ns = spent_ns < (uint64_t)limit_ns ? limit_ns - (int64_t)spent_ns : 0;
        int64_t slice_ns = left_ns < SLICE_NS ? left_ns : SLICE_NS;
        ferry_status status = ferry_producer_wait_consumer(s->producer, slice_ns);
        bool again = status == FERRY_TIMEOUT ? left_ns > slice_ns
                                             : status == FERRY_INTERRUPTED && !is_stopped();
        if (!again)
            return status;
        names_tend(&s->names, s->producer);
        news_tick(&s->news);
    }
}

int sending_wait_first(sending *s) {
    const producer_options *o = s->options;
    if (is_stopped() || o->launch != NULL || o->wait == WAIT_NOT ||
        (o->wait == WAIT_AS_SOURCE && s->source->live))
        return APP_EXIT_FINE;
    int64_t limit_ns = o->wait == WAIT_LIMITED ? o->wait_ns : FERRY_FOREVER;
    int64_t grace_ns = limit_ns < GRACE_NS ? limit_ns : GRACE_NS;
    ferry_status status = ferry_producer_wait_consumer(s->producer, grace_ns);
    if (status == FERRY_TIMEOUT && limit_ns > grace_ns) {
        say_waiting(o);
        status = wait_consumer(s, limit_ns == FERRY_FOREVER ? FERRY_FOREVER : limit_ns - grace_ns);
    }
    if (status == FERRY_OK || is_stopped())
        return APP_EXIT_FINE;
    if (status != FERRY_TIMEOUT) {
        app_message_fail("waiting for a consumer failed: %s", ferry_status_text(status));
        return APP_EXIT_FAILED;
    }
    app_message_fail("no consumer has attached to channel %s within %g s", o->common.name,
                     (double)limit_ns / 1e9);
    return APP_EXIT_TIMED_OUT;
}

/* Asks the launch until there is a consumer to send to. Returns LAUNCH_WAIT when the user asked to
 * stop. */
static launch_verdict await_launch(sending *s) {
    for (;;) {
        launch_verdict verdict = launch_tick(s->launch);
        if (verdict != LAUNCH_WAIT || is_stopped())
            return verdict;
        names_tend(&s->names, s->producer);
        tell(s);
        ferry_status status = ferry_producer_wait_consumer(s->producer, SLICE_NS);
        if (status != FERRY_OK && status != FERRY_TIMEOUT && status != FERRY_INTERRUPTED)
            return LAUNCH_SEND; /* the channel is unusable: sending says why */
    }
}

/* Waits until the source has a frame, or its end. Returns LAUNCH_WAIT when the user asked to
 * stop. The launched program need not be there yet, but may have ended the stream. */
static launch_verdict await_source(sending *s) {
    while (s->source->await != NULL && !is_stopped()) {
        if (s->source->await(s->source, ferry_clock_ns() + SLICE_NS))
            return LAUNCH_SEND;
        launch_verdict verdict = launch_tick(s->launch);
        if (verdict != LAUNCH_SEND && verdict != LAUNCH_WAIT)
            return verdict;
        names_tend(&s->names, s->producer);
        tell(s);
    }
    return is_stopped() ? LAUNCH_WAIT : LAUNCH_SEND;
}

/* Waits until there is a consumer to send to and the frame is due. LAUNCH_WAIT: the user asked to
 * stop. */
static launch_verdict await_turn(sending *s) {
    for (;;) {
        launch_verdict verdict = await_launch(s);
        if (verdict != LAUNCH_SEND)
            return verdict;
        names_tend(&s->names, s->producer);
        tell(s);
        uint64_t due_ns = pace_due_ns(&s->pace);
        uint64_t now_ns = ferry_clock_ns();
        if (now_ns >= due_ns) {
            pace_take(&s->pace, now_ns);
            return LAUNCH_SEND;
        }
        uint64_t until_ns = due_ns < now_ns + SLICE_NS ? due_ns : now_ns + SLICE_NS;
        if (host_sleep_until(until_ns))
            return LAUNCH_WAIT;
    }
}

/* Whether a picture lies in its slot as a source draws it. */
static bool is_plain(const ferry_frame_info *stored, const ferry_frame_info *picture,
                     const stored_form *form) {
    return !form->is_bottom_up && stored->stride_bytes == picture->stride_bytes;
}

static ferry_status draw_in_place(sending *s, const ferry_frame_info *info, ferry_error *error) {
    ferry_claim claim;
    ferry_status status = ferry_producer_claim(s->producer, info, &claim, error);
    if (status != FERRY_OK)
        return status;
    s->source->draw(s->source, claim.pixels);
    return ferry_producer_commit(s->producer, &claim, NULL, error);
}

/* Puts a frame into the channel, once. */
static ferry_status publish(sending *s, const ferry_image *frame, const ferry_frame_info *stored,
                            ferry_error *error) {
    if (s->source->draw != NULL && is_plain(stored, &frame->info, &s->options->form))
        return draw_in_place(s, stored, error);
    stored_rows rows = stored_find_rows(&s->options->form, &frame->info, stored);
    return ferry_producer_send(s->producer, stored, frame->pixels + rows.first_byte,
                               rows.stride_bytes, NULL, error);
}

/* Notes of the command line go behind those that a frame comes with, which stay. */
static void add_notes(const ferry_frame_info *notes, ferry_frame_info *frame) {
    ferry_note note;
    uint32_t at = 0;
    if (frame->metadata_bytes == 0) {
        frame->metadata_bytes = notes->metadata_bytes;
        memcpy(frame->metadata, notes->metadata, notes->metadata_bytes);
        return;
    }
    while (ferry_notes_next(notes, &at, &note))
        ferry_notes_add(frame, note.key, note.value, NULL);
}

/* The pace, else the rate that the source says, if that says one. */
static void add_rate(const app_rate *rate, ferry_frame_info *frame) {
    if (rate->frames == 0)
        return;
    frame->frame_rate_num = (uint32_t)rate->frames;
    frame->frame_rate_den = (uint32_t)rate->seconds;
}

/* Describes the frame as it will be stored, and draws what cannot be drawn in its place. */
static ferry_status prepare(sending *s, ferry_image *frame, ferry_frame_info *stored,
                            ferry_error *error) {
    const producer_options *o = s->options;
    ferry_status status = stored_describe(&s->options->form, &frame->info, stored, error);
    if (status != FERRY_OK)
        return status;
    status =
        source_check_size("a frame", stored, open_slot_bytes(o, s->source), o->form.dialect, error);
    if (status != FERRY_OK)
        return status;
    add_rate(&s->pace.rate, stored);
    add_notes(&o->notes, stored);
    if (s->source->draw == NULL || is_plain(stored, &frame->info, &s->options->form))
        return FERRY_OK;
    if (ferry_image_reserve(frame, frame->info.length_bytes) != FERRY_OK)
        return ferryi_fail(error, FERRY_NO_MEMORY, 0, "out of memory");
    s->source->draw(s->source, frame->pixels);
    return FERRY_OK;
}

/* Publishes a frame, waiting while the channel is full. FERRY_TIMEOUT: the launch ended the
 * wait. */
static ferry_status deliver(sending *s, ferry_image *frame, launch_verdict *verdict,
                            ferry_error *error) {
    ferry_frame_info stored;
    ferry_status status = prepare(s, frame, &stored, error);
    if (status == FERRY_OK)
        news_shape(&s->news, &stored);
    while (status == FERRY_OK) {
        uint64_t begin_ns = ferry_clock_ns();
        status = publish(s, frame, &stored, error);
        culprit_watch(&s->culprit, s->producer, begin_ns, status);
        bool again = status == FERRY_TIMEOUT || (status == FERRY_INTERRUPTED && !is_stopped());
        if (!again)
            return status;
        names_tend(&s->names, s->producer);
        tell(s);
        *verdict = await_launch(s);
        status = *verdict == LAUNCH_SEND ? FERRY_OK : FERRY_TIMEOUT;
    }
    return status;
}

static int exit_code(launch_verdict verdict) {
    switch (verdict) {
    case LAUNCH_TIMED_OUT: return APP_EXIT_TIMED_OUT;
    case LAUNCH_FAILED: return APP_EXIT_FAILED;
    default: return APP_EXIT_FINE;
    }
}

/* Notes how one frame went. Returns whether to go on; if not, *code is the exit code. */
static bool count_one(sending *s, ferry_status status, const ferry_error *error, int *code) {
    if (status == FERRY_TIMEOUT || (status == FERRY_INTERRUPTED && is_stopped()))
        return false;
    if (status != FERRY_OK && status != FERRY_FULL) {
        *code = fail(error);
        return false;
    }
    s->attempts++;
    if (status == FERRY_OK)
        report_sent(&s->report);
    if (s->news.has_failed)
        *code = APP_EXIT_FAILED;
    return !s->news.has_failed;
}

/* Sends one frame. Returns as count_one. */
static bool send_one(sending *s, ferry_image *frame, int *code) {
    launch_verdict verdict = await_turn(s);
    *code = exit_code(verdict);
    if (verdict != LAUNCH_SEND)
        return false;
    ferry_error error;
    ferry_status status = deliver(s, frame, &verdict, &error);
    *code = exit_code(verdict);
    return count_one(s, status, &error, code);
}

/* Whether all went well, once there are no more frames. */
static int conclude(const sending *s) {
    if (s->source->is_broken)
        return APP_EXIT_FAILED;
    if (s->attempts > 0 || is_stopped())
        return APP_EXIT_FINE;
    app_message_fail("none of the sources could be sent");
    return APP_EXIT_FAILED;
}

/* Brings one frame of next into the channel. Returns as count_one. */
static bool bring_one(sending *s, ferry_image *frame, int *code) {
    launch_verdict verdict = await_source(s);
    *code = exit_code(verdict);
    if (verdict != LAUNCH_SEND)
        return false;
    if (s->source->next(s->source, frame))
        return send_one(s, frame, code);
    *code = conclude(s);
    return false;
}

/* Publishes a slot that the source has filled. */
static ferry_status commit(sending *s, ferry_claim *claim, ferry_error *error) {
    app_yuv_say(&s->options->form.yuv, &claim->info);
    add_rate(&s->pace.rate, &claim->info);
    add_notes(&s->options->notes, &claim->info);
    news_shape(&s->news, &claim->info);
    return ferry_producer_commit(s->producer, claim, NULL, error);
}

/* Has the source fill slots for a moment. Returns as count_one. */
static bool fill_one(sending *s, ferry_image *unused, int *code) {
    ferry_claim claim;
    ferry_error error;
    (void)unused;
    launch_verdict verdict = await_launch(s);
    *code = exit_code(verdict);
    if (verdict != LAUNCH_SEND)
        return false;
    names_tend(&s->names, s->producer);
    tell(s);
    uint64_t begin_ns = ferry_clock_ns();
    ferry_status status =
        s->source->fill(s->source, s->producer, begin_ns + SLICE_NS, &claim, &error);
    if (status == FERRY_END_OF_STREAM) {
        *code = conclude(s);
        return false;
    }
    if (status == FERRY_OK)
        status = commit(s, &claim, &error);
    if (status == FERRY_OK)
        begin_ns = ferry_clock_ns(); /* it was the source that let us wait */
    culprit_watch(&s->culprit, s->producer, begin_ns, status);
    if (status == FERRY_WOKEN || status == FERRY_TIMEOUT || status == FERRY_INTERRUPTED)
        return !is_stopped();
    return count_one(s, status, &error, code);
}

int sending_run(sending *s) {
    ferry_image frame = FERRY_IMAGE_INIT;
    bool (*do_one)(sending * s, ferry_image * frame, int *code) =
        s->source->fill != NULL ? fill_one : bring_one;
    int code = APP_EXIT_FINE;
    bool goes_on = true;
    while (goes_on && (s->options->common.count == 0 || s->attempts < s->options->common.count))
        goes_on = do_one(s, &frame, &code);
    ferry_image_free(&frame);
    report_clear(&s->report);
    return code;
}
