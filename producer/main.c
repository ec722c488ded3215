/* ferry-producer: sends image files or a test picture into a channel. */
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>

#include <frameferry/frameferry.h>

#include "host/host.h"
#include "launch.h"
#include "options.h"
#include "port_sending.h"
#include "report.h"
#include "sending.h"
#include "shared/arguments.h"
#include "shared/command.h"
#include "shared/message.h"
#include "sources/open.h"
#include "sources/source.h"

/* The handle that Ctrl-C interrupts; NULL: there is none. */
static _Atomic(ferry_producer *) current;

static void on_stop(void *argument) {
    (void)argument;
    ferry_producer *producer = atomic_load(&current);
    if (producer != NULL)
        ferry_producer_interrupt(producer);
    port_sending_interrupt();
}

static int fail(const ferry_error *error) {
    app_message_fail("%s", error->message);
    return APP_EXIT_FAILED;
}

static void configure_launch(launch *l, const producer_options *o, ferry_producer *producer,
                             bool shows_progress) {
    launch_init(l, producer, o->launch, o->common.name);
    l->shows_progress = shows_progress;
    l->waits = o->wait != WAIT_NOT;
    l->may_stay_silent = o->form.dialect == FERRY_DIALECT_BASEIMAGE;
    if (o->wait == WAIT_LIMITED)
        l->limit_ns = o->wait_ns;
}

/* Each skipped file has been named already, but with --quiet there is no summary. */
static int judge_skipped(const producer_options *o, uint64_t skipped, int code) {
    const char *files = skipped == 1 ? "file was" : "files were";
    if (skipped == 0)
        return code;
    if (code != APP_EXIT_FINE || o->skips_bad) {
        app_message_warn("%" PRIu64 " %s skipped", skipped, files);
        return code;
    }
    app_message_warn("%" PRIu64 " %s skipped, so the exit code is %d; --skip-bad makes it 0",
                     skipped, files, (int)APP_EXIT_FAILED);
    return APP_EXIT_FAILED;
}

static void watch_consumers(sending *s) {
    ferry_producer_counters counters;
    ferry_producer_get_counters(s->producer, &counters);
    culprit_init(&s->culprit, counters.slots, s->pace.rate.frames > 0 || s->source->is_piped);
}

/* Sends everything, ends the channel and closes the source. */
static int send_all(sending *s, const source_losses *losses) {
    atomic_store(&current, s->producer);
    int code = sending_wait_first(s);
    if (code == APP_EXIT_FINE)
        code = sending_run(s);
    ferry_producer_counters counters;
    ferry_producer_get_counters(s->producer, &counters);
    news_ended(&s->news, &counters);
    if (s->news.has_failed)
        code = APP_EXIT_FAILED;
    atomic_store(&current, NULL);
    host_settle_notify();
    ferry_producer_close(&s->producer);
    s->source->close(s->source); /* the writer of a pipe must not wait for what follows */
    if (!launch_finish(s->launch) && code == APP_EXIT_FINE)
        code = APP_EXIT_FAILED;
    report_summary(&s->report, &counters, losses, code != APP_EXIT_FINE);
    culprit_conclude(&s->culprit);
    return judge_skipped(s->options, losses->files, code);
}

/* There was no source to send from: the user stopped us while standard input was silent, or it
 * cannot be read. */
static int end_without_source(const source_losses *losses, const ferry_error *error) {
    if (host_stop_count() == 0)
        return fail(error);
    report_summary(&(report){.producer = NULL}, &(ferry_producer_counters){.published = 0}, losses,
                   false);
    return APP_EXIT_FINE;
}

static int run_port(const producer_options *o, source *from, const source_losses *losses) {
    int code = port_sending_run(o, from); /* closes the source, so that the count is final */
    return judge_skipped(o, losses->files, code);
}

static int run(const producer_options *o) {
    ferry_error error;
    source *from = NULL;
    source_losses losses = {.files = 0};
    if (o->launch != NULL && !app_command_check("--launch", o->launch))
        return APP_EXIT_FAILED;
    if (open_source(&from, o, &losses, &error) != FERRY_OK)
        return end_without_source(&losses, &error);
    if (o->is_port)
        return run_port(o, from, &losses);
    launch l;
    sending s = {.options = o, .source = from, .launch = &l, .names = {.channel = o->common.name}};
    s.pace.rate = open_rate(o, from);
    int code = APP_EXIT_FAILED;
    if (open_channel(&s.producer, o, from, s.pace.rate, &error) == FERRY_OK) {
        s.report.producer = s.producer;
        bool has_lines =
            o->common.json || o->common.stats_ns != 0; /* which the renewed one would get into */
        s.report.is_shown = !has_lines && app_message_shows_progress();
        configure_launch(&l, o, s.producer, s.report.is_shown);
        watch_consumers(&s);
        s.news = (news){.producer = s.producer,
                        .channel = o->common.name,
                        .json = o->common.json,
                        .interval = {.length_ns = o->common.stats_ns}};
        news_created(&s.news, o->form.dialect);
        code = send_all(&s, &losses);
    } else {
        fail(&error);
        from->close(from);
    }
    return code;
}

int main(int count, char **arguments) {
    host_secure_streams();
    host_take_arguments(&count, &arguments);
    app_message_start("ferry-producer");
    producer_options options;
    int code = options_parse(&options, count, arguments);
    if (code != APP_EXIT_NONE)
        return code;
    ferry_error error;
    if (host_catch_stop(on_stop, NULL, &error) != FERRY_OK)
        return fail(&error);
    if (ferry_guard_install() != FERRY_OK)
        app_message_warn("a peer that truncates shared memory will crash this program");
    return run(&options);
}
