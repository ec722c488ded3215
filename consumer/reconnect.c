#include <frameferry/clock.h>

#include "host/host.h"

#include "attach.h"
#include "events.h"
#include "shared/message.h"

/* The exit code for what ended the receiving. */
static int explain(const receiver *r, ferry_status status, const ferry_error *error) {
    const char *name = r->options->name;
    switch (status) {
    case FERRY_OK:
    case FERRY_INTERRUPTED:
    case FERRY_END_OF_STREAM: return APP_EXIT_FINE;
    case FERRY_OVERTAKEN:
    case FERRY_OVERRUN:
    case FERRY_TIMEOUT: return attach_say_no_frame(r, true);
    case FERRY_PRODUCER_LOST:
        app_message_fail("the producer died, or was replaced, before it ended the stream of "
                         "channel %s; --reconnect would wait for the next one",
                         name);
        return APP_EXIT_FAILED;
    case FERRY_EVICTED:
        app_message_fail("evicted from channel %s: this consumer stood still for longer than "
                         "the producer waits; --latest and --every=N skip frames instead",
                         name);
        return APP_EXIT_FAILED;
    default: app_message_fail("%s", error->message); return APP_EXIT_FAILED;
    }
}

static bool is_end(ferry_status status) {
    return status == FERRY_END_OF_STREAM || status == FERRY_PRODUCER_LOST ||
           status == FERRY_EVICTED;
}

/* Says, with --reconnect, what ended and what comes now. */
static void say_again(const receiver *r, ferry_status status) {
    const char *name = r->options->name;
    if (status == FERRY_EVICTED)
        app_message_warn("evicted from channel %s for standing still: attaching again", name);
    else
        app_message_inform("the producer of channel %s %s: waiting for the next one", name,
                           status == FERRY_END_OF_STREAM ? "has ended" : "died, or was replaced");
}

/* Whether to attach again; *is_told: this has been said. A sender that knows only the BaseImage
 * layout and went, or whose place was taken by a producer of ours, before it had sent anything is
 * as one that was never there. */
static bool goes_on(receiver *r, ferry_status status, bool *is_told) {
    if (r->has_failed || host_stop_count() > 0 || !is_end(status))
        return false;
    if (status == FERRY_PRODUCER_LOST && !r->channel.has_block && r->here == 0)
        return true;
    if (!r->options->reconnect)
        return false;
    r->ended = status;
    say_again(r, status);
    *is_told = true;
    return true;
}

int follow_producers(receiver *r) {
    int exit_code;
    bool is_told = false;
    r->ready_ns = ferry_clock_ns();
    while (attach_open(r, is_told, &exit_code)) {
        if (is_told)
            app_message_inform("attached to channel %s again", r->options->name);
        is_told = false;
        ferry_error error;
        ferry_status status = receive_run(r, &error);
        app_message_clear_progress();
        attach_close(r);
        events_detached(r, status);
        if (goes_on(r, status, &is_told))
            continue;
        if (r->has_failed)
            return APP_EXIT_FAILED;
        /* Who wants to go on with the next producer, and is stopped, is fine when this one ended.
         */
        if (r->options->reconnect && host_stop_count() > 0 && is_end(status))
            return APP_EXIT_FINE;
        return explain(r, status, &error);
    }
    return exit_code;
}
