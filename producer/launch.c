#include "launch.h"

#include <inttypes.h>

#include <frameferry/producer.h>

#include "host/host.h"
#include "shared/message.h"
#include "shared/text.h"

/* For consumers that already wait for this channel: they attach within this time, so that none is
 * started beside them. A producer that does not wait may be through by then. */
#define GRACE_NS (FERRY_SECOND_NS / 5)
#define ATTACH_LIMIT_NS (10 * FERRY_SECOND_NS)
#define RESTART_INTERVAL_NS FERRY_SECOND_NS
#define QUICK_DEATH_NS (2 * FERRY_SECOND_NS)
#define QUICK_DEATHS_MAX 5
/* A program that has lived this long without attaching has opened the channel. */
#define SILENT_START_NS FERRY_SECOND_NS
/* A program that has detached may be about to end, and how it ends decides what follows: frames
 * wait this long. A program that lives on is not waited for any longer. */
#define DETACHED_NS FERRY_SECOND_NS
#define FINISH_SLICE_NS (FERRY_SECOND_NS / 10)
#define FINISH_PATIENCE_NS (2 * FERRY_SECOND_NS)

/* Enough for all but odd commands, of which the end is not shown. */
enum { QUOTED_BYTES = 4096 };

static const char *quote(const launch *l, char out[QUOTED_BYTES]) {
    app_text_quote(out, QUOTED_BYTES, l->command);
    return out;
}

void launch_init(launch *l, ferry_producer *producer, const char *command, const char *channel) {
    *l = (launch){.producer = producer, .command = command, .channel = channel};
    l->limit_ns = ATTACH_LIMIT_NS;
    l->waits = true;
}

static void report_end(const launch *l, const ferry_child_exit *how) {
    int64_t id = ferry_child_id(l->child);
    if (!how->exited && host_stop_count() > 0)
        app_message_inform("the launched program (process %" PRId64 ") was stopped by signal %d",
                           id, (int)how->code);
    else if (!how->exited)
        app_message_fail("the launched program (process %" PRId64 ") was killed by signal %d", id,
                         (int)how->code);
    else if (how->code != 0)
        app_message_fail("the launched program (process %" PRId64 ") ended with exit code %d", id,
                         (int)how->code);
    else
        app_message_inform("the launched program (process %" PRId64 ") ended with exit code 0", id);
}

static uint64_t count_sent(const launch *l) {
    ferry_producer_counters counters;
    if (l->sent != NULL)
        return *l->sent;
    ferry_producer_get_counters(l->producer, &counters);
    return counters.published;
}

static bool is_served(const launch *l) {
    return (l->producer != NULL || l->sent != NULL) && count_sent(l) > l->sent_before;
}

/* Notes that the child has ended. */
static void part(launch *l, launch_state state, bool is_end_known) {
    l->state = state;
    l->is_end_known = is_end_known;
    l->ended_unserved = !is_served(l);
    ferry_child_free(&l->child);
}

/* Notes how the child ended. */
static void bury(launch *l, const ferry_child_exit *how, uint64_t now_ns) {
    report_end(l, how);
    bool well = how->exited && how->code == 0;
    bool quick = now_ns - l->started_ns < QUICK_DEATH_NS;
    l->quick_deaths = quick && !well ? l->quick_deaths + 1 : 0;
    part(l, well ? LAUNCH_DONE : LAUNCH_DIED, true);
}

static void look_at_child(launch *l, uint64_t now_ns) {
    ferry_child_exit how = {.exited = false};
    if (l->state != LAUNCH_RUNNING)
        return;
    ferry_status status = ferry_child_wait(l->child, 0, &how);
    if (status == FERRY_OK) {
        bury(l, &how, now_ns);
    } else if (status == FERRY_SYSTEM_ERROR) {
        app_message_warn("the exit status of the launched program is unknown");
        part(l, LAUNCH_DONE, false);
    }
}

static void look_at_consumers(launch *l, uint64_t now_ns) {
    if (ferry_producer_list_consumers(l->producer, NULL, 0) > 0) {
        l->lonely_ns = 0;
        l->has_attached = true;
    } else if (l->lonely_ns == 0) {
        l->lonely_ns = now_ns;
    }
}

static bool start(launch *l, uint64_t now_ns) {
    static const char *const without_progress[] = {"FERRY_PROGRESS=no", NULL};
    ferry_error error;
    ferry_child_options options = FERRY_CHILD_OPTIONS_INIT;
    options.command = l->command;
    options.channel = l->channel;
    options.variables = l->shows_progress ? without_progress : NULL;
    if (ferry_child_start_with(&l->child, &options, &error) != FERRY_OK) {
        app_message_fail("--launch: %s", error.message);
        return false;
    }
    char quoted[QUOTED_BYTES];
    app_message_inform("%s %s (process %" PRId64 ")",
                       l->state == LAUNCH_DIED ? "started again:" : "started", quote(l, quoted),
                       ferry_child_id(l->child));
    l->state = LAUNCH_RUNNING;
    l->started_ns = now_ns;
    l->sent_before = count_sent(l);
    l->has_attached = false;
    return true;
}

static bool is_wait_over(const launch *l, uint64_t now_ns) {
    return l->waiting_ns != 0 && now_ns - l->waiting_ns > (uint64_t)(l->limit_ns + GRACE_NS);
}

/* No consumer is attached and no program runs. A program that is started as the wait ends could
 * only be left alone. */
static launch_verdict tick_stopped(launch *l, uint64_t now_ns) {
    launch_verdict meanwhile = l->waits ? LAUNCH_WAIT : LAUNCH_SEND;
    if (l->state == LAUNCH_DIED && l->quick_deaths >= QUICK_DEATHS_MAX) {
        char quoted[QUOTED_BYTES];
        app_message_fail("%s has died %d times in a row within %d s each: giving up",
                         quote(l, quoted), QUICK_DEATHS_MAX,
                         (int)(QUICK_DEATH_NS / FERRY_SECOND_NS));
        return LAUNCH_FAILED;
    }
    uint64_t due_ns = l->lonely_ns + (l->waits ? GRACE_NS : 0);
    if (l->state == LAUNCH_DIED)
        due_ns = l->started_ns + RESTART_INTERVAL_NS;
    if (l->state == LAUNCH_DIED && is_wait_over(l, now_ns))
        return meanwhile;
    if (now_ns >= due_ns && !start(l, now_ns))
        return LAUNCH_FAILED;
    return meanwhile;
}

/* Nobody is attached, but the child runs. */
static launch_verdict tick_running(launch *l, uint64_t now_ns) {
    if (!l->waits)
        return LAUNCH_SEND;
    if (l->has_attached)
        return now_ns - l->lonely_ns < DETACHED_NS ? LAUNCH_WAIT : LAUNCH_SEND;
    if (l->may_stay_silent && now_ns - l->started_ns >= SILENT_START_NS)
        return LAUNCH_SEND;
    return LAUNCH_WAIT;
}

/* The child goes on without us. */
static void abandon(launch *l) {
    if (l->state != LAUNCH_RUNNING)
        return;
    app_message_inform("the launched program (process %" PRId64 ") is left running",
                       ferry_child_id(l->child));
    ferry_child_free(&l->child);
    l->state = LAUNCH_DONE;
}

/* Nobody is attached, and the child ended well. It has had what it wanted if frames were sent to it
 * while it ran, or to a consumer since then. Else what it has started may still be on its way. */
static launch_verdict tick_done(launch *l, uint64_t now_ns) {
    if (!l->waits)
        return LAUNCH_SEND;
    if (is_served(l) && (l->has_attached || !l->ended_unserved)) {
        app_message_inform("the launched program is done and no other consumer is attached");
        return LAUNCH_FINISHED;
    }
    if (l->may_stay_silent && now_ns - l->started_ns >= SILENT_START_NS)
        return LAUNCH_SEND;
    return LAUNCH_WAIT;
}

static launch_verdict tick_lonely(launch *l, uint64_t now_ns) {
    switch (l->state) {
    case LAUNCH_RUNNING: return tick_running(l, now_ns);
    case LAUNCH_DONE: return tick_done(l, now_ns);
    default: return tick_stopped(l, now_ns);
    }
}

static void report_absence(const launch *l) {
    char quoted[QUOTED_BYTES];
    double seconds = (double)l->limit_ns / 1e9;
    if (l->state != LAUNCH_DONE) {
        app_message_fail("no consumer has attached to channel %s within %g s of starting %s",
                         l->channel, seconds, quote(l, quoted));
        return;
    }
    app_message_fail("%s ended%s, and no consumer has %s channel %s within %g s: if it goes on in "
                     "the background, it may need longer (--wait-consumer) or may not have "
                     "attached to the channel in FERRY_NAME; --no-wait sends all the same",
                     quote(l, quoted), l->is_end_known ? " with exit code 0" : "",
                     l->has_attached ? "stayed on" : "attached to", l->channel, seconds);
}

/* Waiting has a limit. */
static launch_verdict limit_wait(launch *l, uint64_t now_ns) {
    if (l->waiting_ns == 0)
        l->waiting_ns = now_ns;
    if (!is_wait_over(l, now_ns))
        return LAUNCH_WAIT;
    report_absence(l);
    abandon(l);
    return LAUNCH_TIMED_OUT;
}

launch_verdict launch_tick(launch *l) {
    if (l->command == NULL)
        return LAUNCH_SEND;
    uint64_t now_ns = ferry_clock_ns();
    look_at_child(l, now_ns);
    look_at_consumers(l, now_ns);
    launch_verdict verdict = l->lonely_ns == 0 ? LAUNCH_SEND : tick_lonely(l, now_ns);
    /* Waiting for one that has detached has a limit of its own. */
    bool is_detached = l->state == LAUNCH_RUNNING && l->has_attached;
    if (verdict == LAUNCH_WAIT && !is_detached)
        return limit_wait(l, now_ns);
    l->waiting_ns = 0;
    return verdict;
}

/* Returns FERRY_OK when the child has ended. A child that never attached may wait for ever for the
 * channel, which is closed by now: it gets only the usual time for ending. */
static ferry_status await_child(launch *l, ferry_child_exit *how) {
    int stops = host_stop_count();
    uint64_t begin_ns = ferry_clock_ns();
    bool said = false;
    ferry_status status = FERRY_TIMEOUT;
    while (status == FERRY_TIMEOUT || status == FERRY_INTERRUPTED) {
        if (host_stop_count() > stops)
            return FERRY_INTERRUPTED;
        if (!said && ferry_clock_ns() - begin_ns > FINISH_PATIENCE_NS) {
            if (!l->has_attached && !l->may_stay_silent)
                return FERRY_TIMEOUT;
            app_message_inform("waiting for the launched program (process %" PRId64
                               ") to end; Ctrl-C leaves it running",
                               ferry_child_id(l->child));
            said = true;
        }
        status = ferry_child_wait(l->child, FINISH_SLICE_NS, how);
    }
    return status;
}

bool launch_finish(launch *l) {
    l->producer = NULL;
    if (l->state != LAUNCH_RUNNING)
        return l->state != LAUNCH_DIED;
    ferry_child_exit how = {.exited = false};
    ferry_status status = await_child(l, &how);
    if (status == FERRY_OK) {
        bury(l, &how, ferry_clock_ns());
        /* Ctrl-C goes to all programs of a terminal: one that it killed has not failed. */
        return l->state == LAUNCH_DONE || (!how.exited && host_stop_count() > 0);
    }
    abandon(l);
    return true;
}
