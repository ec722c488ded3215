#include "doctor.h"

#include <getopt.h>
#include <stdlib.h>

#include "host/host.h"
#include "options.h"
#include "shared/message.h"
#include "shared/output.h"
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

typedef struct output {
    app_line line;
    bool json;
    bool has_failed; /* what was examined */
    bool is_lost;    /* a finding could not be written */
} output;

static void deliver(void *argument, const doctor_finding *finding) {
    output *o = argument;
    o->has_failed = o->has_failed || finding->level == DOCTOR_FAIL;
    if (o->json)
        doctor_put_json(&o->line, finding);
    else
        doctor_put_text(&o->line, finding);
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
