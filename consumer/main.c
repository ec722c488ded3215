/* ferry-consumer: receives frames from a channel, saves them, lists them. */
#include <stdio.h>
#include <string.h>

#include <frameferry/frameferry.h>

#include "events.h"
#include "host/host.h"
#include "options.h"
#include "receive.h"
#include "shared/arguments.h"
#include "shared/command.h"
#include "shared/message.h"
#include "shared/saver.h"
#include "shared/session.h"
#include "sinks/sink.h"

static void on_stop(void *argument) {
    app_session_interrupt(argument);
}

/* In a thread that saves: a finished frame can be handed on. */
static void on_saved(void *argument) {
    app_session_wake(argument);
}

/* ---- what the session calls ---- */

static void on_tick(void *argument) {
    receive_tick(argument);
}

static void on_attached(void *argument) {
    receive_begin(argument);
    events_attached(argument);
}

static ferry_status on_receive(void *argument, ferry_error *error) {
    return receive_run(argument, error);
}

static void on_detached(void *argument, ferry_status ended) {
    events_detached(argument, ended);
}

/* A single file that is written again and again is for the newest frame. */
static bool wants_every(const consumer_options *o) {
    if (o->delivery == DELIVERY_AS_FITS)
        return (o->saves && !o->save.is_one_file) || o->write.place != NULL;
    return o->delivery == DELIVERY_EVERY;
}

/* A viewer that stands still holds nobody up, unless frames are saved as well: it misses what the
 * slots cannot keep. */
static uint32_t choose_lag(const consumer_options *o, const receiver *r) {
    bool is_for_reader = o->delivery == DELIVERY_AS_FITS && r->is_read && !o->saves;
    return is_for_reader ? FERRY_MAX_SLOTS : o->max_lag;
}

static app_session_plan plan_session(const consumer_options *o, receiver *r) {
    bool every = wants_every(o);
    return (app_session_plan){
        .channel = o->common.name,
        .port = o->from,
        .delivery = every ? FERRY_DELIVERY_EVERY : FERRY_DELIVERY_LATEST,
        .accepts_latest = o->delivery == DELIVERY_AS_FITS,
        .max_lag = choose_lag(o, r),
        .share = o->common.share,
        .bare_16bit_format = o->bare_16bit_format,
        .bare_format = o->bare_format,
        .bare_images = o->bare_images,
        .event_name = o->event_name,
        .bare_bottom_up = o->bare_bottom_up,
        .wait_ns = o->wait_ns,
        .timeout_ns = o->timeout_ns,
        .reconnects = o->reconnect,
        .lost_hint = "; --reconnect waits for the next one",
        .evicted_hint = "; --latest and --every=N skip frames instead",
        .tick = on_tick,
        .attached = on_attached,
        .receive = on_receive,
        .detached = on_detached,
        .argument = r,
    };
}

/* ---- sinks ---- */

static bool add_sink(receiver *r, sink *added) {
    if (added != NULL)
        r->sinks[r->sink_count++] = added;
    return added != NULL;
}

static bool add_pixel_sink(receiver *r, sink *added) {
    if (added != NULL)
        r->pixels[r->pixel_count++] = added;
    return added != NULL;
}

static bool open_outputs(receiver *r) {
    const consumer_options *o = r->options;
    /* Checked now and not at the first frame, and before a directory is created. */
    if (o->exec != NULL && !app_command_check("--exec", o->exec))
        return false;
    if (o->write.place != NULL) {
        r->write = sink_open_write(&o->write, o->overwrite);
        if (!add_pixel_sink(r, r->write))
            return false;
        r->is_read = sink_write_is_read(r->write);
    }
    if (o->saves && !app_saver_open(&r->saver, &o->save, o->common.name, o->overwrite, o->jobs,
                                    on_saved, &r->session))
        return false;
    if (o->common.json && !add_sink(r, sink_open_json()))
        return false;
    if (o->print && !add_sink(r, o->common.port.is_text ? sink_open_text() : sink_open_print()))
        return false;
    if (o->exec != NULL) {
        r->exec = sink_open_exec(o->exec, o->common.name, o->exec_timeout_ns);
        if (!add_pixel_sink(r, r->exec))
            return false;
    }
    if (o->to.options.dialect != 0) {
        r->to = sink_open_port(&o->to, &o->common.share, o->timeout_ns);
        if (!add_pixel_sink(r, r->to))
            return false;
    }
    /* Output of a command, or of who reads the stream, would get mixed up with the progress line.
     */
    bool writes = o->common.json || o->print || o->exec != NULL || r->is_read;
    bool shows = !writes && o->common.stats_ns == 0 && app_message_shows_progress();
    return !shows || add_sink(r, sink_open_progress());
}

static void close_outputs(receiver *r) {
    app_saver_close(&r->saver);
    for (size_t i = 0; i < r->pixel_count; i++)
        r->pixels[i]->close(r->pixels[i]);
    for (size_t i = 0; i < r->sink_count; i++)
        r->sinks[i]->close(r->sinks[i]);
    ferry_image_free(&r->image);
}

/* Whether there is something to sum up: not if a failure kept anything from happening. */
static bool has_news(const app_session_counts *c, int code) {
    return code == APP_EXIT_FINE || c->received > 0 || c->skipped > 0 || c->dropped > 0;
}

static void summarize(const receiver *r, const app_session_counts *c) {
    char saved[4500] = "", written[4500] = "";
    char went_on[1100] = "";
    char refused[80] = "";
    const app_save_pattern *save = &r->options->save;
    const char *from = app_saver_went_on_from(&r->saver);
    if (from != NULL)
        snprintf(went_on, sizeof went_on, " (file numbers continue from %s)", from);
    if (r->options->saves)
        snprintf(saved, sizeof saved, ", %llu saved %s %s%s%s", (unsigned long long)r->saved,
                 save->is_directory ? "in" : "as", save->text,
                 save->is_directory && !host_is_separator(save->text[strlen(save->text) - 1]) ? "/"
                                                                                              : "",
                 went_on);
    if (r->write != NULL)
        snprintf(written, sizeof written, ", %llu written to %s",
                 (unsigned long long)sink_write_count(r->write),
                 strcmp(r->options->write.place, "-") == 0 ? "standard output"
                                                           : r->options->write.place);
    if (c->refused > 0)
        snprintf(refused, sizeof refused, " (%llu with a header that cannot be)",
                 (unsigned long long)c->refused);
    if (r->options->from != NULL) /* nobody counts what an old sender has overwritten */
        app_message_inform("%llu message%s received%s%s", (unsigned long long)c->received,
                           c->received == 1 ? "" : "s", saved, written);
    else
        app_message_inform(
            "%llu frame%s received, %llu skipped%s%s%s, %llu dropped by the producer",
            (unsigned long long)c->received, c->received == 1 ? "" : "s",
            (unsigned long long)c->skipped, refused, saved, written,
            (unsigned long long)c->dropped);
}

/* Lets the sinks say at the end what went wrong. Returns the exit code. */
static int conclude(const receiver *r, int code) {
    bool has_timed_out = false;
    if (r->exec != NULL && !sink_exec_went_well(r->exec))
        code = APP_EXIT_FAILED;
    if (r->to != NULL && !sink_port_went_well(r->to, &has_timed_out))
        code = has_timed_out ? APP_EXIT_TIMED_OUT : APP_EXIT_FAILED;
    if (r->write != NULL && !sink_write_went_well(r->write))
        code = APP_EXIT_FAILED;
    return code;
}

static int run(receiver *r) {
    app_session_counts counts;
    int code = APP_EXIT_FAILED;
    if (open_outputs(r)) {
        app_session_plan plan = plan_session(r->options, r);
        r->session.plan = &plan;
        code = conclude(r, app_session_run(&r->session));
        app_session_get_counts(&r->session, &counts);
        if (has_news(&counts, code))
            summarize(r, &counts);
    } else if (r->write == NULL && host_stop_count() > 0) {
        code = APP_EXIT_FINE; /* asked to stop while nobody read the place of the stream */
    }
    close_outputs(r);
    return code;
}

int main(int count, char **arguments) {
    host_secure_streams();
    host_take_arguments(&count, &arguments);
    app_message_start("ferry-consumer");
    consumer_options options;
    int code = options_parse(&options, count, arguments);
    if (code != APP_EXIT_NONE)
        return code;
    receiver r = {.options = &options, .image = FERRY_IMAGE_INIT};
    r.stats.interval.length_ns = options.common.stats_ns;
    ferry_error error;
    if (host_catch_stop(on_stop, &r.session, &error) != FERRY_OK) {
        app_message_fail("%s", error.message);
        return APP_EXIT_FAILED;
    }
    if (ferry_guard_install() != FERRY_OK)
        app_message_warn("a peer that truncates shared memory will crash this program");
    return run(&r);
}
