/* ferry top: channels as they are at the moment, again and again. */
#include "verbs.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <frameferry/frameferry.h>

#include "busy.h"
#include "host/host.h"
#include "missing.h"
#include "options.h"
#include "shared/json.h"
#include "shared/message.h"
#include "shared/output.h"
#include "shared/survey.h"
#include "shared/wall.h"
#include "sheet.h"

static const char help[] =
    "Usage: ferry top [OPTION]... [CHANNEL]\n"
    "Show all channels as they are at the moment, those with the most megabytes a\n"
    "second first; or all about one channel.\n"
    "  -n, --name NAME    the channel (default: all)\n"
    "  -d, --delay SECONDS  between two looks (default: 1)\n"
    "  --once             write one picture as plain text, and end\n"
    "  --json             write an object for each channel at each look\n"
    "Other: -h, --help  -v, -V, --version\n"
    "LATE: the consumer that is farthest behind. LAG: how many frames. STALL: for how\n"
    "long it has not advanced. q or Ctrl-C ends.\n"
    "Exit codes: 0 success, 1 failure, 2 wrong usage, 3 there is no such channel.\n";

#define WITHOUT_SCREEN                                                                             \
    "--once writes one picture, and --json an object for each channel at each look"

enum { OPTION_DELAY = APP_OPTION_OWN, OPTION_ONCE };

static const struct option long_options[] = {
    OPTIONS_OF_ALL,
    OPTIONS_OF_CHANNEL,
    {"delay", required_argument, NULL, OPTION_DELAY},
    {"once", no_argument, NULL, OPTION_ONCE},
    {NULL, 0, NULL, 0},
};
static const app_arguments_letter letters[] = {
    OPTIONS_LETTERS, OPTIONS_LETTERS_OF_CHANNEL, {'d', "delay"}, OPTIONS_LETTERS_END};

typedef struct top {
    const char *channel; /* NULL: all */
    int64_t delay_ns;
    bool once;
    bool json;
    app_survey survey;
    host_screen *screen; /* NULL: lines are written one after the other */
} top;

static int take(void *argument, int option, const char *value) {
    top *t = argument;
    if (option == OPTION_DELAY)
        return options_parse_seconds("--delay", value, FERRY_SECOND_NS / 10, &t->delay_ns);
    t->once = true;
    return APP_EXIT_NONE;
}

/* ---- what is shown ---- */

static void put_objects(app_line *out, const app_survey *s, bool is_one) {
    for (size_t i = 0; i < s->count; i++) {
        if (is_one) {
            sheet_put_json(out, &s->entries[i]);
            continue;
        }
        app_json_begin(out, "channel", app_wall_at(s->entries[i].looked_ns));
        app_survey_put_json(out, &s->entries[i]);
        app_json_end(out);
    }
}

static void put_text(app_line *out, const top *t, unsigned width) {
    if (t->channel != NULL)
        sheet_put(out, &t->survey.entries[0], width);
    else
        busy_put(out, &t->survey, width);
}

static void put_heading(app_line *out, const top *t) {
    app_wall now = app_wall_split(host_wall_clock_us());
    double bytes = 0;
    for (size_t i = 0; i < t->survey.count; i++)
        bytes += t->survey.entries[i].rates.bytes_per_second;
    app_line_print(out, "ferry top  %02u:%02u:%02u UTC", now.hour, now.minute, now.second);
    if (t->channel == NULL)
        app_line_print(out, "  %zu channel%s  %.1f MB/s", t->survey.count,
                       t->survey.count == 1 ? "" : "s", bytes / 1e6);
    app_line_put_text(out, "  q quits\n\n");
}

/* Bytes of a line, up to so many characters. */
static size_t fit(const char *line, size_t bytes, unsigned columns) {
    size_t at = 0;
    for (unsigned count = 0; at < bytes; at++) {
        count += ((unsigned char)line[at] & 0xc0) != 0x80;
        if (count > columns)
            break;
    }
    return at;
}

static unsigned count_lines(const app_line *text) {
    unsigned count = 0;
    for (size_t i = 0; i < text->used; i++)
        count += text->text[i] == '\n';
    return count;
}

static void put_row(app_line *out, const char *line, size_t bytes, unsigned columns) {
    app_line_put(out, line, fit(line, bytes, columns));
    app_line_put_text(out, "\033[K");
}

/* Puts as many lines as the screen has, each cut to its width; no line end behind the last one, at
 * which the screen would move up. The last one says how many there is no room for. */
static void put_screen(app_line *out, const app_line *text, unsigned columns, unsigned rows) {
    enum { ROWS_LEAST = 8 }; /* below that a line of the table is worth more */
    size_t at = 0;
    unsigned lines = count_lines(text);
    bool has_rest = lines > rows && rows >= ROWS_LEAST;
    unsigned shown = has_rest ? rows - 1 : rows;
    app_line_put_text(out, "\033[H");
    for (unsigned row = 0; row < shown && at < text->used; row++) {
        const char *line = text->text + at;
        const char *end = memchr(line, '\n', text->used - at);
        size_t bytes = end != NULL ? (size_t)(end - line) : text->used - at;
        app_line_put_text(out, row > 0 ? "\r\n" : "");
        put_row(out, line, bytes, columns);
        at += bytes + 1;
    }
    if (has_rest) {
        char rest[40];
        int bytes = snprintf(rest, sizeof rest, "and %u more lines", lines - shown);
        app_line_put_text(out, "\r\n");
        put_row(out, rest, (size_t)bytes, columns);
    }
    app_line_put_text(out, "\033[J");
    out->is_cut = out->is_cut || text->is_cut;
}

static bool draw(const top *t) {
    app_line text = APP_LINE_INIT, out = APP_LINE_INIT;
    unsigned columns, rows;
    host_screen_size(t->screen, &columns, &rows);
    put_heading(&text, t);
    put_text(&text, t, columns);
    put_screen(&out, &text, columns, rows);
    bool is_written = app_output_line(&out);
    app_line_free(&text);
    app_line_free(&out);
    return is_written;
}

static bool print(const top *t) {
    app_line out = APP_LINE_INIT;
    if (t->json)
        put_objects(&out, &t->survey, t->channel != NULL);
    else
        put_text(&out, t, 0);
    bool is_written = app_output_line(&out);
    app_line_free(&out);
    return is_written;
}

/* ---- the loop ---- */

/* Whether it goes on. */
static bool wait_for(const top *t, uint64_t deadline_ns) {
    unsigned char key;
    if (t->screen == NULL)
        return !host_sleep_until(deadline_ns);
    for (;;)
        switch (host_await_screen(t->screen, deadline_ns, &key)) {
        case HOST_SCREEN_TIME: return true;
        case HOST_SCREEN_STOPPED: return false;
        case HOST_SCREEN_RESIZED:
            if (!draw(t))
                return false;
            break;
        case HOST_SCREEN_KEY:
            if (key == 'q' || key == 'Q')
                return false;
            break;
        }
}

static bool look(top *t, ferry_error *error) {
    if (app_survey_look(&t->survey, error) != FERRY_OK)
        return false;
    busy_sort(&t->survey);
    return true;
}

static int follow(top *t, ferry_error *error) {
    uint64_t next_ns = ferry_clock_ns() + APP_SURVEY_PAUSE_NS; /* rates take two looks */
    bool is_first = true;
    for (;;) {
        /* Objects without rates would only be in the way. */
        if (!(t->json && is_first) && !(t->screen != NULL ? draw(t) : print(t)))
            return APP_EXIT_FAILED;
        if (!wait_for(t, next_ns))
            return APP_EXIT_FINE;
        if (!look(t, error))
            return APP_EXIT_FAILED;
        is_first = false;
        uint64_t now_ns = ferry_clock_ns();
        next_ns += (uint64_t)t->delay_ns;
        if (next_ns < now_ns)
            next_ns = now_ns;
    }
}

static int show_once(top *t, ferry_error *error) {
    if (host_sleep_until(ferry_clock_ns() + APP_SURVEY_PAUSE_NS))
        return APP_EXIT_FINE;
    if (!look(t, error))
        return APP_EXIT_FAILED;
    if (t->survey.count == 0)
        return missing_tell_all(false);
    return print(t) ? APP_EXIT_FINE : APP_EXIT_FAILED;
}

static int run(top *t, ferry_error *error) {
    if (!look(t, error))
        return APP_EXIT_FAILED;
    bool is_missing = t->survey.count == 0;
    if (t->channel != NULL && t->survey.entries[0].status == FERRY_NO_PRODUCER)
        return missing_tell(t->channel);
    if (t->once)
        return is_missing ? missing_tell_all(false) : show_once(t, error);
    ferry_status status = t->json ? FERRY_OK : host_open_screen(&t->screen, error);
    if (status == FERRY_NOT_SUPPORTED) {
        app_message_fail("%s: " WITHOUT_SCREEN, error->message);
        error->message[0] = '\0';
    }
    if (status != FERRY_OK)
        return APP_EXIT_FAILED;
    int code = follow(t, error);
    host_close_screen(&t->screen);
    return code;
}

static int parse(top *t, int count, char **arguments) {
    options_found found;
    const options_plan plan = {.help = help,
                               .options = long_options,
                               .letters = letters,
                               .take = take,
                               .argument = t,
                               .words_most = 1};
    int code = options_parse(&found, &plan, count, arguments);
    if (code == APP_EXIT_NONE)
        code = options_take_channel(&found, &t->channel);
    t->json = found.json;
    if (code == APP_EXIT_NONE && !t->once && !t->json && !host_is_terminal(stdout))
        return app_message_usage("standard output is no terminal: " WITHOUT_SCREEN);
    return code;
}

int verb_top(int count, char **arguments) {
    top t = {.delay_ns = FERRY_SECOND_NS};
    int code = parse(&t, count, arguments);
    if (code != APP_EXIT_NONE)
        return code;
    ferry_error error = {.message = ""};
    t.survey.names = t.channel != NULL ? &t.channel : NULL;
    t.survey.name_count = 1;
    code = run(&t, &error);
    if (error.message[0] != '\0' && code == APP_EXIT_FAILED)
        app_message_fail("%s", error.message);
    app_survey_free(&t.survey);
    return code;
}
