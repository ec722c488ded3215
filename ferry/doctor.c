#include "doctor.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>

#include "host/host.h"
#include "options.h"
#include "shared/json.h"
#include "shared/message.h"
#include "shared/output.h"
#include "shared/text.h"
#include "verbs.h"

static const char help[] =
    "Usage: ferry doctor [OPTION]... [CHANNEL]\n"
    "Look for what keeps frames from arriving, and say what to do: on this machine,\n"
    "and in CHANNEL, if it is given, else in all channels. Changes nothing.\n"
    "  -n, --name NAME    the channel\n"
    "  --json             write an object for each finding, one per line\n"
    "Other: -h, --help  -v, -V, --version\n"
    "Each finding is a line that begins with OK, WARN (it works, and may fail or\n"
    "surprise) or FAIL.\n"
    "Exit codes: 0 nothing fails, 1 something does, 2 wrong usage.\n"
    "Example, for a camera of which nothing arrives:\n"
    "  ferry doctor camera\n";

static const struct option long_options[] = {
    OPTIONS_OF_ALL,
    OPTIONS_OF_CHANNEL,
    {NULL, 0, NULL, 0},
};

static const app_arguments_letter letters[] = {OPTIONS_LETTERS, OPTIONS_LETTERS_OF_CHANNEL,
                                               OPTIONS_LETTERS_END};

/* From the machine to the channels, in the order in which one thing needs the other. */
static const struct {
    const char *name;
    void (*run)(doctor *d);
} checks[] = {
    {"kernel", doctor_check_kernel},   {"proc", doctor_check_proc},
    {"limits", doctor_check_limits},   {"memory", doctor_check_memory},
    {"room", doctor_check_room},       {"cgroup", doctor_check_cgroup},
    {"login", doctor_check_login},     {"cameras", doctor_check_cameras},
    {"objects", doctor_check_objects}, {"channels", doctor_check_channels},
};

/* ---- findings ---- */

static const char *text_of(app_line *line) {
    app_line_put(line, "", 1);
    return line->text;
}

void doctor_finish(doctor *d) {
    if (!d->has_finding)
        return;
    const char *what = text_of(&d->what);
    const char *advice = d->advice.used > 0 ? text_of(&d->advice) : NULL;
    if (d->what.is_cut || d->advice.is_cut)
        d->has_no_memory = true;
    else
        d->deliver(d->argument, &(doctor_finding){.level = d->level,
                                                  .check = d->check,
                                                  .channel = d->channel,
                                                  .what = what,
                                                  .advice = advice});
    app_line_clear(&d->what);
    app_line_clear(&d->advice);
    d->has_finding = false;
}

static FERRYI_PRINTF(2, 0) void put(app_line *line, const char *format, va_list values) {
    char text[1024];
    vsnprintf(text, sizeof text, format, values);
    app_line_put_text(line, text);
}

void doctor_find(doctor *d, doctor_level level, const char *format, ...) {
    va_list values;
    doctor_finish(d);
    d->has_finding = true;
    d->level = level;
    va_start(values, format);
    put(&d->what, format, values);
    va_end(values);
}

void doctor_find_more(doctor *d, const char *format, ...) {
    va_list values;
    va_start(values, format);
    put(&d->what, format, values);
    va_end(values);
}

void doctor_advise(doctor *d, const char *format, ...) {
    va_list values;
    va_start(values, format);
    put(&d->advice, format, values);
    va_end(values);
}

const char *doctor_size(char out[DOCTOR_SIZE_BYTES], uint64_t bytes) {
    static const char *const units[] = {"bytes", "KiB", "MiB", "GiB", "TiB"};
    double value = (double)bytes;
    size_t unit = 0;
    while (value >= 1024 && unit + 1 < sizeof units / sizeof units[0]) {
        value /= 1024;
        unit++;
    }
    bool is_whole = unit == 0 || value >= 100 || value == (double)(unsigned)value;
    snprintf(out, DOCTOR_SIZE_BYTES, is_whole ? "%.0f %s" : "%.1f %s", value, units[unit]);
    return out;
}

/* ---- output ---- */

typedef struct output {
    app_line line;
    bool json;
    bool has_failed; /* what was examined */
    bool is_lost;    /* a finding could not be written */
} output;

static void put_text(app_line *line, const doctor_finding *f) {
    static const char *const words[] = {"OK    ", "WARN  ", "FAIL  "};
    app_line_put_text(line, words[f->level]);
    app_text_put_escaped(line, f->what);
    if (f->advice != NULL) {
        app_line_put_text(line, ": ");
        app_text_put_escaped(line, f->advice);
    }
    app_line_put_text(line, "\n");
}

static void put_json(app_line *line, const doctor_finding *f) {
    static const char *const words[] = {"ok", "warn", "fail"};
    app_json_begin(line, "finding", host_wall_clock_us());
    app_json_text(line, "check", f->check);
    app_json_text(line, "level", words[f->level]);
    app_json_text(line, "channel", f->channel);
    app_json_text(line, "what", f->what);
    app_json_text(line, "advice", f->advice);
    app_json_end(line);
}

static void deliver(void *argument, const doctor_finding *finding) {
    output *o = argument;
    o->has_failed = o->has_failed || finding->level == DOCTOR_FAIL;
    if (o->json)
        put_json(&o->line, finding);
    else
        put_text(&o->line, finding);
    if (!o->is_lost)
        o->is_lost = !app_output_line(&o->line);
}

static void examine(doctor *d) {
    doctor_look_at_channels(d);
    for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++) {
        d->check = checks[i].name;
        d->channel = NULL;
        checks[i].run(d);
        doctor_finish(d);
    }
}

int verb_doctor(int count, char **arguments) {
    options_found found;
    const options_plan plan = {
        .help = help, .options = long_options, .letters = letters, .words_most = 1};
    output o = {.line = APP_LINE_INIT};
    doctor d = {.deliver = deliver, .argument = &o, .what = APP_LINE_INIT, .advice = APP_LINE_INIT};
    int code = options_parse(&found, &plan, count, arguments);
    if (code == APP_EXIT_NONE)
        code = options_take_channel(&found, &d.name);
    if (code != APP_EXIT_NONE)
        return code;
    o.json = found.json;
    examine(&d);
    if (d.has_no_memory)
        app_message_fail("out of memory");
    app_line_free(&d.what);
    app_line_free(&d.advice);
    app_line_free(&o.line);
    free(d.channels);
    return o.has_failed || o.is_lost || d.has_no_memory ? APP_EXIT_FAILED : APP_EXIT_FINE;
}
