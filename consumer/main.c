/* ferry-consumer: receives frames from a channel, saves them, lists them. */
#include <stdio.h>
#include <string.h>

#include "host/host.h"
#include <frameferry/frameferry.h>

#include "attach.h"
#include "options.h"
#include "receive.h"
#include "saver.h"
#include "shared/arguments.h"
#include "shared/command.h"
#include "shared/message.h"
#include "sinks/sink.h"

static void on_stop(void *argument) {
    (void)argument;
    attach_interrupt();
}

/* In a thread that saves: there is something to hand on. */
static void on_saved(void *argument) {
    (void)argument;
    attach_interrupt();
}

static bool add_sink(receiver *r, sink *added) {
    if (added != NULL)
        r->sinks[r->sink_count++] = added;
    return added != NULL;
}

static bool open_outputs(receiver *r) {
    const consumer_options *o = r->options;
    /* Now, and not at the first frame; before a directory is made. */
    if (o->exec != NULL && !app_command_check("--exec", o->exec))
        return false;
    if (o->saves &&
        !saver_open(&r->saver, &o->save, o->name, o->overwrite, o->jobs, on_saved, NULL))
        return false;
    if (o->json && !add_sink(r, sink_open_json()))
        return false;
    if (o->print && !add_sink(r, sink_open_print()))
        return false;
    if (o->exec != NULL) {
        r->pixels = sink_open_exec(o->exec, o->name, o->exec_timeout_ns);
        if (r->pixels == NULL)
            return false;
    }
    /* What a command writes and a line that is renewed would get mixed up. */
    bool writes = o->json || o->print || o->exec != NULL;
    bool shows = !writes && o->stats_ns == 0 && app_message_shows_progress();
    return !shows || add_sink(r, sink_open_progress());
}

static void close_outputs(receiver *r) {
    saver_close(&r->saver);
    if (r->pixels != NULL)
        r->pixels->close(r->pixels);
    for (size_t i = 0; i < r->sink_count; i++)
        r->sinks[i]->close(r->sinks[i]);
    ferry_image_free(&r->image);
}

/* Whether there is something to sum up: not when what failed has kept anything from happening. */
static bool has_news(const receiver *r, int code) {
    const receiver_totals *t = &r->totals;
    return code == APP_EXIT_FINE || t->received > 0 || t->skipped > 0 || t->dropped > 0;
}

static void summarize(const receiver *r) {
    char saved[4500] = "";
    char went_on[1100] = "";
    const save_pattern *save = &r->options->save;
    const char *from = saver_went_on_from(&r->saver);
    if (from != NULL)
        snprintf(went_on, sizeof went_on, " (files go on from %s)", from);
    if (r->options->saves)
        snprintf(saved, sizeof saved, ", %llu saved %s %s%s%s", (unsigned long long)r->totals.saved,
                 save->is_directory ? "in" : "as", save->text,
                 save->is_directory && !host_is_separator(save->text[strlen(save->text) - 1]) ? "/"
                                                                                              : "",
                 went_on);
    app_message_inform("%llu frame%s received, %llu skipped%s, %llu dropped by the producer",
                       (unsigned long long)r->totals.received, r->totals.received == 1 ? "" : "s",
                       (unsigned long long)r->totals.skipped, saved,
                       (unsigned long long)r->totals.dropped);
}

int main(int count, char **arguments) {
    host_secure_streams();
    host_take_arguments(&count, &arguments);
    app_message_start("ferry-consumer");
    consumer_options options;
    int code = options_parse(&options, count, arguments);
    if (code != APP_ARGUMENTS_RUN)
        return code;
    ferry_error error;
    if (host_catch_stop(on_stop, NULL, &error) != FERRY_OK) {
        app_message_fail("%s", error.message);
        return APP_EXIT_FAILED;
    }
    if (ferry_guard_install() != FERRY_OK)
        app_message_warn("shared memory that is cut short will end this program");
    receiver r = {.options = &options, .image = FERRY_IMAGE_INIT};
    r.stats.interval.length_ns = options.stats_ns;
    code = APP_EXIT_FAILED;
    if (open_outputs(&r)) {
        code = follow_producers(&r);
        if (r.pixels != NULL && !sink_exec_went_well(r.pixels))
            code = APP_EXIT_FAILED;
        if (has_news(&r, code))
            summarize(&r);
    }
    close_outputs(&r);
    return code;
}
