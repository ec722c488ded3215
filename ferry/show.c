/* ferry show: all that can be said about one channel. */
#include "verbs.h"

#include <getopt.h>

#include "host/host.h"
#include "missing.h"
#include "options.h"
#include "shared/message.h"
#include "shared/output.h"
#include "shared/survey.h"
#include "sheet.h"

static const char help[] =
    "Usage: ferry show [OPTION]... [CHANNEL]\n"
    "Show a channel: its producer, its newest frame, its slots, and its consumers.\n"
    "  -n, --name NAME    the channel (default: $FERRY_NAME, else BaseImage)\n"
    "  --json             write an object\n"
    "Other: -h, --help  -v, -V, --version\n"
    "Exit codes: 0 success, 1 failure, 2 wrong usage, 3 there is no such channel.\n";

static const struct option long_options[] = {
    OPTIONS_OF_ALL,
    OPTIONS_OF_CHANNEL,
    {NULL, 0, NULL, 0},
};
static const app_arguments_letter letters[] = {OPTIONS_LETTERS, OPTIONS_LETTERS_OF_CHANNEL,
                                               OPTIONS_LETTERS_END};

static int tell(const app_survey_entry *e, bool json) {
    app_line out = APP_LINE_INIT;
    if (e->status == FERRY_NO_PRODUCER)
        return missing_tell(e->name);
    if (e->status != FERRY_OK) {
        app_message_fail("%s", e->peek.detail);
        return APP_EXIT_FAILED;
    }
    if (json)
        sheet_put_json(&out, e);
    else
        sheet_put(&out, e, host_is_terminal(stdout) ? host_terminal_columns(stdout) : 0);
    int code = app_output_line(&out) ? APP_EXIT_FINE : APP_EXIT_FAILED;
    app_line_free(&out);
    return code;
}

int verb_show(int count, char **arguments) {
    options_found found;
    const char *name;
    const options_plan plan = {
        .help = help, .options = long_options, .letters = letters, .words_most = 1};
    int code = options_parse(&found, &plan, count, arguments);
    if (code == APP_EXIT_NONE)
        code = options_choose_channel(&found, &name);
    if (code != APP_EXIT_NONE)
        return code;
    ferry_error error;
    app_survey s = {.names = &name, .name_count = 1};
    if (app_survey_look_twice(&s, &error) == FERRY_OK) {
        code = tell(&s.entries[0], found.json);
    } else {
        app_message_fail("%s", error.message);
        code = APP_EXIT_FAILED;
    }
    app_survey_free(&s);
    return code;
}
