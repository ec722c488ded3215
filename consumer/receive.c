#include "receive.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>

#include <frameferry/consumer.h>

#include "host/host.h"

#include "limit.h"
#include "shared/message.h"

static bool is_stopped(void) {
    return host_stop_count() > 0;
}

/* ---- into the sinks ---- */

void receive_fail(receiver *r) {
    r->has_failed = true;
    r->is_mute = true;
}

static void show_pixels(receiver *r, receipt *received) {
    if (r->pixels != NULL && !r->is_mute && !is_stopped() && !r->pixels->take(r->pixels, received))
        receive_fail(r);
}

static void hand_on(receiver *r, receipt *received) {
    received->skipped += r->carried;
    received->pixels = NULL;
    r->carried = 0;
    r->totals.delivered++;
    if (received->file != NULL)
        r->totals.saved++; /* also when it cannot be listed after that */
    for (size_t i = 0; i < r->sink_count && !r->is_mute; i++)
        if (!r->sinks[i]->take(r->sinks[i], received))
            receive_fail(r);
}

/* A frame that its release did not confirm. It counts as skipped. */
static void pass_over(receiver *r, uint64_t number, uint64_t skipped_before) {
    app_message_warn("frame %" PRIu64 " was overwritten while it was read, and is skipped", number);
    r->carried += skipped_before + 1;
}

/* A consumer of every frame has a bound: it skips alone, and is told once. */
static void tell_skips(receiver *r, uint64_t skipped) {
    if (skipped == 0 || r->channel.max_lag == 0 || r->has_told_skips)
        return;
    r->has_told_skips = true;
    app_message_warn("frames are skipped here, since this program is more than %u behind; with "
                     "--every=all the producer waits for it, or drops them for all",
                     (unsigned)r->channel.max_lag);
}

/* Notes down a frame that has just come, and fills in what goes out about it. */
static void note(receiver *r, const ferry_frame_info *given, uint64_t skipped,
                 ferry_frame_info *info, receipt *out) {
    *info = *given;
    info->number += r->offset;
    app_yuv_say(&r->options->yuv, info);
    *out = (receipt){.info = info, .receive_ns = ferry_clock_ns(), .skipped = skipped};
    r->last = given->number;
    r->has_received = true;
    r->here++;
    stats_note(&r->stats, (int64_t)(out->receive_ns - given->publish_ns));
    tell_skips(r, skipped);
}

/* ---- frames that are not saved ---- */

static ferry_status release(receiver *r, ferry_frame *frame, ferry_error *error) {
    ferry_status status = ferry_consumer_release(r->consumer, frame);
    if (status != FERRY_OK && status != FERRY_OVERRUN) {
        *error = (ferry_error){.status = status};
        snprintf(error->message, sizeof error->message, "frame %" PRIu64 " is not whole: %s",
                 frame->info.number + r->offset, ferry_status_text(status));
    }
    return status;
}

/* Takes the next frame: into hand, or as a copy where it has to be one, or where holding it for as
 * long as the work takes would leave the producer without a slot. *copied says which. */
static ferry_status take(receiver *r, int64_t timeout_ns, bool works_long, ferry_frame *frame,
                         ferry_image *image, bool *copied, ferry_error *error) {
    *copied = r->copies;
    if (r->copies)
        return ferry_consumer_copy(r->consumer, timeout_ns, image, error);
    ferry_status status = ferry_consumer_acquire(r->consumer, timeout_ns, frame, error);
    if (status != FERRY_OK || !works_long || !ferry_consumer_slots_are_scarce(r->consumer))
        return status;
    *copied = true;
    return ferry_consumer_copy_held(r->consumer, frame, image, error);
}

/* Takes a frame and hands it on. */
static ferry_status take_and_show(receiver *r, int64_t timeout_ns, ferry_error *error) {
    ferry_frame frame;
    bool copied;
    ferry_status status = take(r, timeout_ns, r->pixels != NULL, &frame, &r->image, &copied, error);
    if (status != FERRY_OK)
        return status;
    receipt received;
    ferry_frame_info info;
    if (copied)
        note(r, &r->image.info, r->image.skipped, &info, &received);
    else
        note(r, &frame.info, frame.skipped, &info, &received);
    received.pixels = copied ? r->image.pixels : frame.pixels;
    show_pixels(r, &received);
    if (!copied)
        status = release(r, &frame, error);
    if (status == FERRY_OVERRUN)
        pass_over(r, info.number, received.skipped);
    else if (status == FERRY_OK)
        hand_on(r, &received);
    return status;
}

/* ---- frames that are saved ---- */

/* Takes back a frame that has been worked on. */
static void settle(receiver *r, save_job *job) {
    if (job->status == FERRY_OK) {
        job->receipt.pixels = job->copy.pixels;
        show_pixels(r, &job->receipt);
        hand_on(r, &job->receipt);
    } else if (job->status == FERRY_OVERRUN) {
        pass_over(r, job->info.number, job->receipt.skipped);
    } else if (!r->has_failed) {
        app_message_fail("cannot save frame %" PRIu64 ": %s", job->info.number, job->error.message);
        r->has_failed = true;
    }
    workers_retire(r->saver.workers);
}

static void settle_finished(receiver *r) {
    for (save_job *job; (job = workers_finished(r->saver.workers)) != NULL;)
        settle(r, job);
}

static void settle_all(receiver *r) {
    while (workers_count(r->saver.workers) > 0) {
        workers_wait(r->saver.workers, 0);
        settle_finished(r);
    }
}

/* Takes a frame into a job's hand and lets it be saved. */
static ferry_status take_and_save(receiver *r, save_job *job, int64_t timeout_ns,
                                  ferry_error *error) {
    bool copied;
    ferry_status status = take(r, timeout_ns, true, &job->frame, &job->copy, &copied, error);
    if (status != FERRY_OK)
        return status;
    if (copied)
        note(r, &job->copy.info, job->copy.skipped, &job->info, &job->receipt);
    else
        note(r, &job->frame.info, job->frame.skipped, &job->info, &job->receipt);
    job->consumer = copied ? NULL : r->consumer;
    if (saver_submit(&r->saver, job))
        return FERRY_OK;
    r->has_failed = true;
    if (!copied)
        ferry_consumer_release(r->consumer, &job->frame);
    job->consumer = NULL;
    return FERRY_OK;
}

/* Frames that may be in hand, or copied, at once; workers_place knows the number of threads. */
static unsigned hold_limit(const receiver *r) {
    return r->copies ? UINT_MAX : r->channel.hold_limit;
}

/* Whether those that are being saved could make the count full. */
static bool is_count_in_hand(const receiver *r) {
    uint64_t count = r->options->count;
    return count != 0 && r->totals.delivered + workers_count(r->saver.workers) >= count;
}

/* ---- the loop ---- */

/* Whether the loop goes on after a call that gave no frame. */
static bool is_passing(ferry_status status, int64_t left) {
    return (status == FERRY_INTERRUPTED && !is_stopped()) ||
           ((status == FERRY_OVERTAKEN || status == FERRY_OVERRUN) && left > 0);
}

static bool wants_more(const receiver *r) {
    uint64_t count = r->options->count;
    return !is_stopped() && !r->has_failed && (count == 0 || r->totals.delivered < count);
}

/* The time that this takes is not one without a frame. */
static void settle_meanwhile(receiver *r, void (*settle_some)(receiver *r)) {
    uint64_t begin_ns = ferry_clock_ns();
    settle_some(r);
    r->ready_ns += ferry_clock_ns() - begin_ns;
}

/* One turn. */
static ferry_status take_next(receiver *r, ferry_error *error) {
    save_job *job = NULL;
    uint64_t here = r->here;
    stats_tick(r);
    if (r->saver.workers != NULL) {
        unsigned limit = is_count_in_hand(r) ? 0 : hold_limit(r);
        job = workers_place(r->saver.workers, limit);
        if (job == NULL) {
            workers_wait(r->saver.workers, limit);
            r->ready_ns = ferry_clock_ns();
            return FERRY_OK;
        }
    }
    int64_t left = limit_left_ns(r->ready_ns, r->options->timeout_ns);
    int64_t slice = stats_slice_ns(&r->stats, left);
    ferry_status status =
        job != NULL ? take_and_save(r, job, slice, error) : take_and_show(r, slice, error);
    if (status == FERRY_TIMEOUT && slice < left)
        status = FERRY_OK; /* only figures are due */
    if (r->here != here)   /* also when it was overwritten meanwhile */
        r->ready_ns = ferry_clock_ns();
    return is_passing(status, left) ? FERRY_OK : status;
}

ferry_status receive_run(receiver *r, ferry_error *error) {
    ferry_status status = FERRY_OK;
    while (status == FERRY_OK && wants_more(r)) {
        status = take_next(r, error);
        if (r->saver.workers != NULL)
            settle_meanwhile(r, settle_finished);
    }
    if (r->saver.workers != NULL)
        settle_meanwhile(r, settle_all);
    return status;
}
