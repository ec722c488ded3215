#include "attach.h"

#include <stdatomic.h>

#include <frameferry/consumer.h>

#include "host/host.h"

#include "around.h"
#include "events.h"
#include "limit.h"
#include "shared/message.h"

/* There is no handle yet that Ctrl-C could interrupt, so that waiting for a producer is done in
 * slices. */
#define OPEN_SLICE_NS (FERRY_SECOND_NS / 10)
#define OPEN_PATIENCE_NS (FERRY_SECOND_NS / 2)
/* An old sender makes its mapping first and its event a moment later: what is foreign may become a
 * channel within this time. The library would wait so long, but not beyond a slice. */
#define FOREIGN_GRACE_NS (FERRY_SECOND_NS / 2)

/* The handle that is interrupted; NULL: there is none. */
static _Atomic(ferry_consumer *) current;

void attach_interrupt(void) {
    ferry_consumer *consumer = atomic_load(&current);
    if (consumer != NULL)
        ferry_consumer_interrupt(consumer);
}

/* Frames that are to be saved are all wanted, unless the channel has one slot only. */
static ferry_status attach(receiver *r, ferry_consumer_options *options, ferry_error *error) {
    ferry_status status = ferry_consumer_open(&r->consumer, options, error);
    if (status != FERRY_NOT_SUPPORTED || r->options->delivery != DELIVERY_AS_FITS ||
        options->delivery != FERRY_DELIVERY_EVERY)
        return status;
    if (!r->has_warned)
        app_message_warn("channel %s has one slot only, so that frames that come while others "
                         "are being saved are skipped",
                         r->options->name);
    r->has_warned = true;
    options->delivery = FERRY_DELIVERY_LATEST;
    options->max_lag = 0;
    return ferry_consumer_open(&r->consumer, options, error);
}

/* A file that is written again and again is there for what is newest. */
static bool wants_every(const consumer_options *o) {
    if (o->delivery == DELIVERY_AS_FITS)
        return o->saves && !o->save.is_one_file;
    return o->delivery == DELIVERY_EVERY;
}

/* Numbers and counters go on where they were. Another producer counts from 1 again; ours goes on
 * from the highest number before. When it still is the same one, as after an eviction, the frames
 * in between were missed. */
static void note_attached(receiver *r) {
    uint64_t generation = r->channel.generation; /* 0: none before, or no way to tell */
    ferry_consumer_counters counters;
    ferry_consumer_get_channel(r->consumer, &r->channel);
    ferry_consumer_get_counters(r->consumer, &counters);
    r->here = 0;
    r->copies = r->channel.hold_limit == 0 || (r->saver.workers != NULL && r->pixels != NULL);
    uint64_t before = counters.first - 1;
    if (generation != 0 && generation == r->channel.generation) {
        uint64_t missed = before > r->last ? before - r->last : 0;
        r->carried += missed;
        r->totals.skipped += missed;
    } else {
        uint64_t highest = r->last + r->offset;
        r->dropped = 0;
        r->offset = r->has_received ? highest - before : 0;
    }
    r->last = before;
    atomic_store(&current, r->consumer);
}

/* Whether the sentence says more than that nobody came: another user's dead channel has the name.
 */
static bool says_more(const ferry_error *error) {
    return error->os_code != 0;
}

static const char *why_no_frame(const receiver *r, bool was_attached) {
    if (was_attached)
        return "its producer is there, but sends none";
    switch (r->ended) {
    case FERRY_OK: return "there is no producer";
    case FERRY_END_OF_STREAM: return "its producer has ended";
    case FERRY_EVICTED: return "this consumer was evicted, and could not attach again";
    default: return "its producer died, or was replaced";
    }
}

int attach_say_no_frame(const receiver *r, bool was_attached) {
    const consumer_options *o = r->options;
    if (o->timeout_ns == 0)
        app_message_fail("there is no frame on channel %s: %s", o->name,
                         why_no_frame(r, was_attached));
    else
        app_message_fail("no frame on channel %s within %g s: %s", o->name,
                         (double)o->timeout_ns / 1e9, why_no_frame(r, was_attached));
    return APP_EXIT_TIMED_OUT;
}

static int say_nobody_came(const consumer_options *o) {
    if (o->wait_ns == 0)
        app_message_fail("there is no producer on channel %s", o->name);
    else
        app_message_fail("no producer on channel %s within %g s", o->name,
                         (double)o->wait_ns / 1e9);
    return APP_EXIT_TIMED_OUT;
}

/* Whether there may be a channel at the next look. *foreign_ns: since when something else has been
 * seen in its place; 0: the last look was another. */
static bool may_come(ferry_status status, int64_t left_ns, uint64_t *foreign_ns) {
    if (status != FERRY_FOREIGN) {
        *foreign_ns = 0;
        return status == FERRY_NO_PRODUCER;
    }
    uint64_t now_ns = ferry_clock_ns();
    if (*foreign_ns == 0)
        *foreign_ns = now_ns;
    return left_ns > 0 && now_ns - *foreign_ns < (uint64_t)FOREIGN_GRACE_NS;
}

bool attach_open(receiver *r, bool is_told, int *exit_code) {
    ferry_consumer_options options = FERRY_CONSUMER_OPTIONS_INIT;
    options.name = r->options->name;
    options.delivery = wants_every(r->options) ? FERRY_DELIVERY_EVERY : FERRY_DELIVERY_LATEST;
    options.max_lag = options.delivery == FERRY_DELIVERY_EVERY ? r->options->max_lag : 0;
    options.group_sharing = r->options->share.with;
    options.group_name = r->options->share.group;
    options.bare_16bit_format = r->options->bare_16bit_format;
    options.bare_bottom_up = r->options->bare_bottom_up;
    uint64_t begin_ns = ferry_clock_ns();
    uint64_t foreign_ns = 0;
    around seen = {.looked_ns = 0};
    *exit_code = APP_EXIT_FINE;
    while (host_stop_count() == 0) {
        stats_tick(r);
        int64_t left = limit_left_ns(begin_ns, r->options->wait_ns);
        int64_t left_for_frame = limit_left_ns(r->ready_ns, r->options->timeout_ns);
        bool is_for_frame = left_for_frame < left;
        if (is_for_frame)
            left = left_for_frame;
        options.wait_ns = left < OPEN_SLICE_NS ? left : OPEN_SLICE_NS;
        ferry_error error;
        ferry_status status = attach(r, &options, &error);
        if (status == FERRY_OK) {
            note_attached(r);
            events_attached(r, options.delivery);
            return true;
        }
        if (!may_come(status, left, &foreign_ns)) {
            app_message_fail("%s", error.message);
            *exit_code = APP_EXIT_FAILED;
            return false;
        }
        if (left == 0) {
            *exit_code = is_for_frame ? attach_say_no_frame(r, false) : say_nobody_came(r->options);
            if (says_more(&error))
                app_message_fail("%s", error.message);
            around_advise(&seen, r->options->name);
            return false;
        }
        if (!is_told && ferry_clock_ns() - begin_ns > OPEN_PATIENCE_NS) {
            app_message_inform("waiting for a producer on channel %s", r->options->name);
            if (says_more(&error))
                app_message_warn("%s", error.message);
            around_tell(&seen, r->options->name, says_more(&error));
            is_told = true;
        }
        around_look_again(&seen, r->options->name);
    }
    return false;
}

void attach_close(receiver *r) {
    ferry_consumer_counters counters;
    atomic_store(&current, NULL);
    host_settle_notify();
    ferry_consumer_get_counters(r->consumer, &counters);
    r->totals.received += counters.received;
    r->totals.skipped += counters.skipped;
    /* What it counts is all that the producer has dropped, also before we came (again). */
    r->totals.dropped += counters.dropped - r->dropped;
    r->dropped = counters.dropped;
    ferry_consumer_close(&r->consumer);
}
