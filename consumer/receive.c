#include "receive.h"

#include <inttypes.h>
#include <limits.h>

#include <frameferry/consumer.h>

#include "host/host.h"
#include "host/inside.h"
#include "shared/limit.h"
#include "shared/message.h"

/* How often to look for frames that were passed over, and for who reads the stream, while no frame
 * comes. */
#define LOOK_NS (FERRY_SECOND_NS / 4)

static bool is_stopped(void) {
    return host_stop_count() > 0;
}

static bool is_saving(const receiver *r) {
    return r->saver.workers != NULL;
}

/* ---- into the sinks ---- */

void receive_fail(receiver *r) {
    r->session.has_failed = true;
    r->has_output_failed = true;
}

/* ---- figures ---- */

/* The end of who reads the stream is the end of it, and no failure. */
static void look_for_reader(receiver *r) {
    if (r->write != NULL && sink_write_has_enough(r->write))
        r->session.has_enough = true;
}

void receive_tick(receiver *r) {
    app_stats_figures figures;
    app_session_counts counts;
    look_for_reader(r);
    if (r->has_output_failed || !app_stats_take(&r->stats, &figures))
        return;
    app_session_get_counts(&r->session, &counts);
    figures.received = counts.received;
    figures.skipped = counts.skipped;
    figures.dropped = counts.dropped;
    figures.lag = counts.lag;
    if (!r->options->common.json)
        app_stats_say(&figures);
    else if (!app_stats_write(&figures))
        receive_fail(r);
}

static void show_pixels(receiver *r, receipt *received) {
    for (size_t i = 0; i < r->pixel_count && !r->has_output_failed && !is_stopped(); i++)
        if (!r->pixels[i]->take(r->pixels[i], received))
            receive_fail(r);
    look_for_reader(r);
}

static void hand_on(receiver *r, receipt *received) {
    received->skipped += r->session.carried;
    if (r->options->common.port.is_text && received->info->format == FERRY_FORMAT_TEXT)
        received->text = received->pixels;
    received->pixels = NULL;
    r->session.carried = 0;
    r->delivered++;
    if (received->file != NULL)
        r->saved++; /* also when it cannot be listed after that */
    for (size_t i = 0; i < r->sink_count && !r->has_output_failed; i++)
        if (!r->sinks[i]->take(r->sinks[i], received))
            receive_fail(r);
}

/* A frame that its release did not confirm. It counts as skipped. */
static void pass_over(receiver *r, uint64_t number, uint64_t skipped_before) {
    app_message_warn("frame %" PRIu64 " was overwritten while it was read, and is skipped", number);
    r->session.carried += skipped_before + 1;
}

/* A consumer of every frame has a bound: it skips alone, and is told once. */
static void tell_skips(receiver *r, uint64_t skipped) {
    if (skipped == 0 || r->session.channel.max_lag == 0 || r->has_told_skips)
        return;
    r->has_told_skips = true;
    if (r->is_read && r->options->delivery == DELIVERY_AS_FITS) {
        app_message_warn(
            "the reader of the stream is slower than the producer, and some frames are "
            "skipped; with --every=all the producer waits for it, or drops frames for "
            "all consumers");
        return;
    }
    app_message_warn("this consumer is more than %u frames behind and skips some; with --every=all "
                     "the producer waits for it, or drops frames for all consumers",
                     (unsigned)r->session.channel.max_lag);
}

/* A port tells by itself. */
static bool may_be_refused(const receiver *r) {
    return r->session.consumer != NULL && !r->session.channel.has_block;
}

/* Frames that are passed over end no call and no stream: the user is told once for each sender. */
static void tell_refused(receiver *r) {
    ferry_error error;
    if (!may_be_refused(r) || r->has_told_refused ||
        ferry_consumer_explain_refused(r->session.consumer, &error) != FERRY_MALFORMED)
        return;
    r->has_told_refused = true;
    app_message_warn("%s", error.message);
}

/* How long to wait for a frame, at most limit_ns: the figures, and what there is to tell of a
 * sender that knows only the BaseImage layout, do not wait for one. */
static int64_t slice_of(const receiver *r, int64_t limit_ns) {
    int64_t slice = app_stats_slice_ns(&r->stats, limit_ns);
    bool looks = r->is_read || (may_be_refused(r) && !r->has_told_refused);
    return looks && slice > LOOK_NS ? LOOK_NS : slice;
}

/* Notes a received frame. *info becomes what goes out about it. Returns when it was received. */
static uint64_t note(receiver *r, const ferry_frame_info *given, uint64_t skipped,
                     ferry_frame_info *info) {
    uint64_t receive_ns = ferry_clock_ns();
    *info = *given;
    info->number = app_session_note(&r->session, given->number);
    app_yuv_say(&r->options->common.yuv, info);
    app_stats_note(&r->stats, (int64_t)(receive_ns - given->publish_ns));
    tell_skips(r, skipped);
    return receive_ns;
}

/* ---- frames that are not saved ---- */

static ferry_status release(receiver *r, ferry_frame *frame, uint64_t number, ferry_error *error) {
    ferry_status status = ferry_consumer_release(r->session.consumer, frame);
    if (status != FERRY_OK && status != FERRY_OVERRUN) {
        ferryi_fail(error, status, 0, "frame %" PRIu64 " is not whole: %s", number,
                    ferry_status_text(status));
    }
    return status;
}

/* Takes the next frame: into hand, or as a copy where it has to be one, or where holding it for as
 * long as the work takes would leave the producer without a slot. *copied says which. */
static ferry_status take(receiver *r, int64_t timeout_ns, bool works_long, ferry_frame *frame,
                         ferry_image *image, bool *copied, ferry_error *error) {
    *copied = r->copies;
    if (r->copies)
        return app_session_copy(&r->session, timeout_ns, image, error);
    ferry_status status = ferry_consumer_acquire(r->session.consumer, timeout_ns, frame, error);
    if (status != FERRY_OK || !works_long || !ferry_consumer_slots_are_scarce(r->session.consumer))
        return status;
    *copied = true;
    return ferry_consumer_copy_held(r->session.consumer, frame, image, error);
}

/* Takes a frame and hands it on. */
static ferry_status take_and_show(receiver *r, int64_t timeout_ns, ferry_error *error) {
    ferry_frame frame;
    bool copied;
    ferry_status status =
        take(r, timeout_ns, r->pixel_count > 0, &frame, &r->image, &copied, error);
    if (status != FERRY_OK)
        return status;
    ferry_frame_info info;
    receipt received = {.info = &info, .skipped = copied ? r->image.skipped : frame.skipped};
    received.receive_ns = note(r, copied ? &r->image.info : &frame.info, received.skipped, &info);
    received.pixels = copied ? r->image.pixels : frame.pixels;
    show_pixels(r, &received);
    if (!copied)
        status = release(r, &frame, info.number, error);
    if (status == FERRY_OVERRUN)
        pass_over(r, info.number, received.skipped);
    else if (status == FERRY_OK)
        hand_on(r, &received);
    return status;
}

/* ---- frames that are saved ---- */

/* Takes back a frame that has been worked on. */
static void settle(receiver *r, app_save_job *job) {
    receipt received = {.info = &job->info,
                        .pixels = job->copy.pixels,
                        .receive_ns = job->receive_ns,
                        .skipped = job->skipped,
                        .file = job->path};
    if (job->status == FERRY_OK) {
        show_pixels(r, &received);
        hand_on(r, &received);
    } else if (job->status == FERRY_OVERRUN) {
        pass_over(r, job->info.number, job->skipped);
    } else if (!r->session.has_failed) {
        app_message_fail("cannot save frame %" PRIu64 ": %s", job->info.number, job->error.message);
        r->session.has_failed = true;
    }
    app_workers_retire(r->saver.workers);
}

static void settle_finished(receiver *r) {
    for (app_save_job *job; (job = app_workers_finished(r->saver.workers)) != NULL;)
        settle(r, job);
}

static void settle_all(receiver *r) {
    while (app_workers_count(r->saver.workers) > 0) {
        app_workers_wait(r->saver.workers, 0);
        settle_finished(r);
    }
}

/* Takes a frame into a job's hand and lets it be saved. */
static ferry_status take_and_save(receiver *r, app_save_job *job, int64_t timeout_ns,
                                  ferry_error *error) {
    bool copied;
    ferry_status status = take(r, timeout_ns, true, &job->frame, &job->copy, &copied, error);
    if (status != FERRY_OK)
        return status;
    job->skipped = copied ? job->copy.skipped : job->frame.skipped;
    job->receive_ns =
        note(r, copied ? &job->copy.info : &job->frame.info, job->skipped, &job->info);
    job->consumer = copied ? NULL : r->session.consumer;
    if (app_saver_submit(&r->saver, job))
        return FERRY_OK;
    r->session.has_failed = true;
    if (!copied)
        ferry_consumer_release(r->session.consumer, &job->frame);
    job->consumer = NULL;
    return FERRY_OK;
}

/* Frames that may be in hand, or copied, at once; app_workers_place knows the number of threads. */
static unsigned hold_limit(const receiver *r) {
    return r->copies ? UINT_MAX : r->session.channel.hold_limit;
}

/* Whether those that are being saved could make the count full. */
static bool is_count_in_hand(const receiver *r) {
    uint64_t count = r->options->common.count;
    return count != 0 && r->delivered + app_workers_count(r->saver.workers) >= count;
}

/* ---- the loop ---- */

/* Whether the loop goes on after a call that gave no frame. */
static bool is_passing(ferry_status status, int64_t left) {
    return status == FERRY_WOKEN ||
           ((status == FERRY_OVERTAKEN || status == FERRY_OVERRUN) && left > 0);
}

static bool wants_more(const receiver *r) {
    uint64_t count = r->options->common.count;
    return !is_stopped() && !r->session.has_failed && !r->session.has_enough &&
           (count == 0 || r->delivered < count);
}

/* The time that this takes is not one without a frame. */
static void settle_meanwhile(receiver *r, void (*settle_some)(receiver *r)) {
    uint64_t begin_ns = ferry_clock_ns();
    settle_some(r);
    r->session.ready_ns += ferry_clock_ns() - begin_ns;
}

/* One turn. */
static ferry_status take_next(receiver *r, ferry_error *error) {
    app_save_job *job = NULL;
    uint64_t here = r->session.here;
    receive_tick(r);
    if (is_saving(r)) {
        unsigned limit = is_count_in_hand(r) ? 0 : hold_limit(r);
        job = app_workers_place(r->saver.workers, limit);
        if (job == NULL) {
            app_workers_wait(r->saver.workers, limit);
            r->session.ready_ns = ferry_clock_ns();
            return FERRY_OK;
        }
    }
    int64_t left = app_limit_left_ns(r->session.ready_ns, r->options->timeout_ns);
    int64_t slice = slice_of(r, left);
    ferry_status status =
        job != NULL ? take_and_save(r, job, slice, error) : take_and_show(r, slice, error);
    tell_refused(r);
    if (status == FERRY_TIMEOUT && slice < left)
        status = FERRY_OK;       /* only something else is due */
    if (r->session.here != here) /* also when it was overwritten meanwhile */
        r->session.ready_ns = ferry_clock_ns();
    return is_passing(status, left) ? FERRY_OK : status;
}

void receive_begin(receiver *r) {
    const consumer_options *o = r->options;
    r->has_told_refused = false;
    /* Texts, and frames for a port or a stream, are handed on when they are known to be whole.
     * Their reader may be slow, and no slot waits for it. */
    r->copies = r->session.channel.hold_limit == 0 || (is_saving(r) && r->pixel_count > 0) ||
                o->common.port.is_text || o->to.options.dialect != 0 || r->write != NULL;
}

ferry_status receive_run(receiver *r, ferry_error *error) {
    ferry_status status = FERRY_OK;
    while (status == FERRY_OK && wants_more(r)) {
        status = take_next(r, error);
        if (is_saving(r))
            settle_meanwhile(r, settle_finished);
    }
    if (is_saving(r))
        settle_meanwhile(r, settle_all);
    return status;
}
