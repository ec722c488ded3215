/* ferry list: a line for each channel. */
#include "verbs.h"

#include <getopt.h>
#include <stdlib.h>

#include "cells.h"
#include "host/host.h"
#include "missing.h"
#include "options.h"
#include "shared/json.h"
#include "shared/message.h"
#include "shared/output.h"
#include "shared/survey.h"
#include "shared/text.h"
#include "shared/wall.h"
#include "table.h"

static const char help[] =
    "Usage: ferry list [OPTION]...\n"
    "List the channels of this machine: state, producer, newest frame, consumers.\n"
    "  -a, --all          also what is no channel but has a name that one can have\n"
    "  --names            only the names, one per line, without a look at any\n"
    "  --json             write an object for each channel, one per line\n"
    "Other: -h, --help  -v, -V, --version\n"
    "States: starting; empty (no frame yet); live; idle (no frame for some time);\n"
    "ended; dead (killed, or left behind); bare (knows only BaseImage);\n"
    "other version; malformed; foreign (no channel); unreadable (not permitted).\n"
    "CONS: consumers that live, and behind a \"+\" those that were killed.\n"
    "Exit codes: 0 success, 1 failure, 2 wrong usage, 3 there is no channel.\n";

enum { OPTION_ALL = APP_OPTION_OWN, OPTION_NAMES };

typedef struct choices {
    bool everything;
    bool names;
} choices;

static const struct option long_options[] = {
    OPTIONS_OF_ALL,
    {"all", no_argument, NULL, OPTION_ALL},
    {"names", no_argument, NULL, OPTION_NAMES},
    {NULL, 0, NULL, 0},
};
static const app_arguments_letter letters[] = {OPTIONS_LETTERS, {'a', "all"}, OPTIONS_LETTERS_END};

static const table_column columns[] = {
    {"CHANNEL", false, 10}, {"STATE", false, 0}, {"PRODUCER", false, 6}, {"SIZE", false, 0},
    {"FORMAT", false, 0},   {"FPS", true, 0},    {"FRAMES", true, 0},    {"DROPPED", true, 0},
    {"CONS", true, 0},      {"MEM", true, 0},    {"AGE", true, 0},
};

static int take(void *argument, int option, const char *value) {
    choices *c = argument;
    (void)value;
    c->everything = c->everything || option == OPTION_ALL;
    c->names = c->names || option == OPTION_NAMES;
    return APP_EXIT_NONE;
}

static void put_row(table *t, const app_survey_entry *e) {
    const ferry_peek *p = &e->peek;
    bool has_block = p->has_block != 0;
    table_put(t, e->name);
    table_put(t, app_survey_state_text(e));
    cells_put_producer(t, p);
    cells_put_size(t, p);
    cells_put_format(t, p);
    cells_put_fps(t, &e->rates);
    cells_put_number(t, has_block, p->head);
    cells_put_number(t, has_block, p->dropped);
    cells_put_consumers(t, e);
    cells_put_memory(t, p);
    cells_put_time(t, p->has_newest != 0, p->newest_age_ns);
}

static void put_table(app_line *out, const app_survey *s) {
    table t;
    table_open(&t, columns, sizeof columns / sizeof columns[0]);
    for (size_t i = 0; i < s->count; i++)
        put_row(&t, &s->entries[i]);
    table_write(&t, out, host_is_terminal(stdout) ? host_terminal_columns(stdout) : 0);
    table_close(&t);
}

static void put_objects(app_line *out, const app_survey *s) {
    for (size_t i = 0; i < s->count; i++) {
        app_json_begin(out, "channel", app_wall_at(s->entries[i].looked_ns));
        app_survey_put_json(out, &s->entries[i]);
        app_json_end(out);
    }
}

static int compare(const void *a, const void *b) {
    return app_text_compare_natural(((const app_survey_entry *)a)->name,
                                    ((const app_survey_entry *)b)->name);
}

static int tell(app_survey *s, bool json, bool everything) {
    app_line out = APP_LINE_INIT;
    if (s->count == 0)
        return missing_tell_all(everything);
    qsort(s->entries, s->count, sizeof *s->entries, compare);
    if (json)
        put_objects(&out, s);
    else
        put_table(&out, s);
    int code = app_output_line(&out) ? APP_EXIT_FINE : APP_EXIT_FAILED;
    app_line_free(&out);
    if (s->left_out > 0)
        app_message_warn("%zu more channels are not listed", s->left_out);
    return code;
}

/* ---- names alone ---- */

static int compare_names(const void *a, const void *b) {
    return app_text_compare_natural(((const ferry_peek_name *)a)->name,
                                    ((const ferry_peek_name *)b)->name);
}

static ferry_status put_names(app_line *out, uint32_t which, size_t *count, ferry_error *error) {
    ferry_peek_name *names = NULL;
    size_t room = 0;
    ferry_status status;
    for (;;) { /* more may come meanwhile */
        status = ferry_peek_list(names, room, count, which, error);
        if (status != FERRY_OK || *count <= room)
            break;
        free(names);
        room = *count;
        names = calloc(room, sizeof *names);
        if (names == NULL)
            return ferryi_fail(error, FERRY_NO_MEMORY, 0, "out of memory");
    }
    if (status == FERRY_OK && *count > 0)
        qsort(names, *count, sizeof *names, compare_names);
    for (size_t i = 0; status == FERRY_OK && i < *count; i++)
        app_line_print(out, "%s\n", names[i].name);
    free(names);
    return status;
}

static int tell_names(bool everything) {
    ferry_error error;
    app_line out = APP_LINE_INIT;
    size_t count = 0;
    int code = APP_EXIT_FAILED;
    if (put_names(&out, everything ? FERRY_PEEK_ALL : FERRY_PEEK_CHANNELS, &count, &error) !=
        FERRY_OK)
        app_message_fail("%s", error.message);
    else if (count == 0)
        code = missing_tell_all(everything);
    else if (app_output_line(&out))
        code = APP_EXIT_FINE;
    app_line_free(&out);
    return code;
}

int verb_list(int count, char **arguments) {
    options_found found;
    choices c = {.names = false};
    const options_plan plan = {
        .help = help, .options = long_options, .letters = letters, .take = take, .argument = &c};
    int code = options_parse(&found, &plan, count, arguments);
    if (code != APP_EXIT_NONE)
        return code;
    if (c.names && found.json)
        return app_message_usage("--names and --json exclude each other");
    if (c.names)
        return tell_names(c.everything);
    ferry_error error;
    app_survey s = {.which = c.everything ? FERRY_PEEK_ALL : FERRY_PEEK_CHANNELS};
    if (app_survey_look_twice(&s, &error) == FERRY_OK) {
        code = tell(&s, found.json, c.everything);
    } else {
        app_message_fail("%s", error.message);
        code = APP_EXIT_FAILED;
    }
    app_survey_free(&s);
    return code;
}
