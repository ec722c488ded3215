#include "receive.h"

#include <inttypes.h>
#include <stdio.h>

#include <frameferry/host.h>

#include "message.h"

/* There is no handle yet that Ctrl-C could interrupt, so that waiting for a producer is done in
 * slices. */
#define OPEN_SLICE_NS (FERRY_SECOND_NS / 10)
#define OPEN_PATIENCE_NS (FERRY_SECOND_NS / 2)
/* An old sender makes its mapping first and its event a moment later: what is foreign may become a
 * channel within this time. The library would wait so long, but not beyond a slice. */
#define FOREIGN_GRACE_NS (FERRY_SECOND_NS / 2)

static bool is_stopped(void) {
    return ferryi_host_stop_count() > 0;
}

/* What is left of a limit that began to run at begin_ns. */
static int64_t left_ns(uint64_t begin_ns, int64_t limit_ns) {
    if (limit_ns == FERRY_FOREVER)
        return FERRY_FOREVER;
    uint64_t spent_ns = ferry_clock_ns() - begin_ns;
    return spent_ns >= (uint64_t)limit_ns ? 0 : limit_ns - (int64_t)spent_ns;
}

static int timed_out(const char *what, const consumer_options *o, int64_t limit_ns) {
    if (limit_ns == 0)
        ferryi_message_fail("there is no %s on channel %s", what, o->name);
    else
        ferryi_message_fail("no %s on channel %s within %g s", what, o->name,
                            (double)limit_ns / 1e9);
    return FERRYI_EXIT_TIMED_OUT;
}

/* Frames that are to be saved are all wanted, unless the channel has one slot only. */
static ferry_status attach(receiver *r, ferry_consumer_options *options, ferry_error *error) {
    ferry_status status = ferry_consumer_open(&r->consumer, options, error);
    if (status != FERRY_NOT_SUPPORTED || r->options->delivery != DELIVERY_AS_FITS ||
        options->delivery != FERRY_DELIVERY_EVERY)
        return status;
    ferryi_message_warn("channel %s has one slot only, so that frames that come while another is "
                        "being saved are skipped",
                        r->options->name);
    options->delivery = FERRY_DELIVERY_LATEST;
    return ferry_consumer_open(&r->consumer, options, error);
}

static bool wants_every(const consumer_options *o) {
    return o->delivery == DELIVERY_EVERY || (o->delivery == DELIVERY_AS_FITS && o->save != NULL);
}

bool receive_open(receiver *r, int *exit_code) {
    ferry_consumer_options options = FERRY_CONSUMER_OPTIONS_INIT;
    options.name = r->options->name;
    options.delivery = wants_every(r->options) ? FERRY_DELIVERY_EVERY : FERRY_DELIVERY_LATEST;
    uint64_t begin_ns = ferry_clock_ns();
    uint64_t foreign_ns = 0; /* when it was first seen; 0: the last look was another */
    bool said = false;
    *exit_code = FERRYI_EXIT_FINE;
    while (!is_stopped()) {
        int64_t left = left_ns(begin_ns, r->options->wait_ns);
        options.wait_ns = left < OPEN_SLICE_NS ? left : OPEN_SLICE_NS;
        ferry_error error;
        ferry_status status = attach(r, &options, &error);
        if (status == FERRY_OK)
            return true;
        if (status != FERRY_FOREIGN)
            foreign_ns = 0;
        else if (foreign_ns == 0)
            foreign_ns = ferry_clock_ns();
        bool may_become_one = status == FERRY_FOREIGN && left > 0 &&
                              ferry_clock_ns() - foreign_ns < (uint64_t)FOREIGN_GRACE_NS;
        if (status != FERRY_NO_PRODUCER && !may_become_one) {
            ferryi_message_fail("%s", error.message);
            *exit_code = FERRYI_EXIT_FAILED;
            return false;
        }
        if (left == 0) {
            *exit_code = timed_out("producer", r->options, r->options->wait_ns);
            return false;
        }
        if (!said && ferry_clock_ns() - begin_ns > OPEN_PATIENCE_NS) {
            ferryi_message_inform("waiting for a producer on channel %s", r->options->name);
            said = true;
        }
    }
    return false;
}

/* Takes the next frame. Saving takes much longer than copying, so a frame that is to be saved is
 * copied: it is confirmed before anything is written, and its slot is free for the producer again.
 * Else it stays in place, and nothing is looked at but its description, which is ours. */
static ferry_status take(receiver *r, int64_t timeout_ns, ferry_frame *frame, receipt *out,
                         ferry_error *error) {
    ferry_status status = r->copies ? ferry_consumer_copy(r->consumer, timeout_ns, &r->image, error)
                                    : ferry_consumer_acquire(r->consumer, timeout_ns, frame, error);
    if (status != FERRY_OK)
        return status;
    *out = (receipt){.receive_ns = ferry_clock_ns()};
    if (r->copies) {
        out->info = &r->image.info;
        out->pixels = r->image.pixels;
        out->skipped = r->image.skipped;
        return FERRY_OK;
    }
    out->info = &frame->info;
    out->skipped = frame->skipped;
    status = ferry_consumer_release(r->consumer, frame);
    if (status == FERRY_OK)
        return status;
    *error = (ferry_error){.status = status};
    snprintf(error->message, sizeof error->message, "frame %" PRIu64 " could not be confirmed: %s",
             frame->info.number, ferry_status_text(status));
    return status;
}

static bool hand_on(receiver *r, receipt *received) {
    bool done = true;
    for (size_t i = 0; i < r->sink_count && done; i++)
        done = r->sinks[i]->take(r->sinks[i], received);
    if (received->file != NULL) /* also when it could not be listed after that */
        r->saved++;
    return done;
}

/* The exit code for a status that ends the loop. */
static int explain(const receiver *r, ferry_status status, const ferry_error *error) {
    const char *name = r->options->name;
    switch (status) {
    case FERRY_INTERRUPTED:
    case FERRY_END_OF_STREAM: return FERRYI_EXIT_FINE;
    case FERRY_OVERTAKEN:
    case FERRY_OVERRUN:
    case FERRY_TIMEOUT: return timed_out("frame", r->options, r->options->timeout_ns);
    case FERRY_PRODUCER_LOST:
        ferryi_message_fail("the producer died, or was replaced, before it ended the stream of "
                            "channel %s",
                            name);
        return FERRYI_EXIT_FAILED;
    case FERRY_EVICTED:
        ferryi_message_fail("evicted from channel %s: this consumer was too slow for a live "
                            "source; --latest would skip frames instead",
                            name);
        return FERRYI_EXIT_FAILED;
    default: ferryi_message_fail("%s", error->message); return FERRYI_EXIT_FAILED;
    }
}

/* Whether the loop goes on after a call that gave no frame. */
static bool is_passing(ferry_status status, int64_t left) {
    return (status == FERRY_INTERRUPTED && !is_stopped()) ||
           ((status == FERRY_OVERTAKEN || status == FERRY_OVERRUN) && left > 0);
}

int receive_run(receiver *r) {
    uint64_t received = 0;
    uint64_t begin_ns = ferry_clock_ns();
    while (!is_stopped() && (r->options->count == 0 || received < r->options->count)) {
        ferry_frame frame;
        receipt next;
        ferry_error error;
        int64_t left = left_ns(begin_ns, r->options->timeout_ns);
        ferry_status status = take(r, left, &frame, &next, &error);
        if (status == FERRY_OVERRUN)
            ferryi_message_warn("a frame was overwritten while it was read, and is skipped");
        if (is_passing(status, left))
            continue;
        if (status != FERRY_OK)
            return explain(r, status, &error);
        received++;
        if (!hand_on(r, &next))
            return FERRYI_EXIT_FAILED;
        begin_ns = ferry_clock_ns();
    }
    return FERRYI_EXIT_FINE;
}
