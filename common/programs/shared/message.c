#include "shared/message.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/host.h"
#include "host/inside.h"
#include "shared/parse.h"
#include "shared/text.h"

/* Long enough for a sentence of the library with the longest path of most systems in it. */
#define LINE_BYTES 6144
/* The width of a terminal that does not report it, such as a serial line. */
#define COLUMNS_USUAL 80
#define COLUMNS_MAX 1000

static struct {
    const char *program;
    bool quiet;
    bool shares_line; /* with the program that started this one, which shows its progress there */
    /* The text on the terminal's line, which has to be wiped out; under the mutex. */
    size_t progress_bytes;
} state = {.program = "ferry"};

void app_message_start(const char *program) {
    const char *progress = getenv("FERRY_PROGRESS");
    state.program = program;
    state.shares_line = progress != NULL && strcmp(progress, "no") == 0 && host_is_terminal(stderr);
}

bool app_message_shows_progress(void) {
    return !state.quiet && !state.shares_line && host_is_terminal(stderr);
}

void app_message_set_quiet(bool quiet) {
    state.quiet = quiet;
}

/* Returns the length of the line in out, which is escaped and has no line end. */
static size_t make_line(char out[LINE_BYTES], const char *kind, const char *format,
                        va_list arguments) {
    char text[LINE_BYTES];
    char line[LINE_BYTES];
    vsnprintf(text, sizeof text, format, arguments);
    int length = snprintf(line, sizeof line, "%s: %s%s", state.program, kind, text);
    return length < 0 ? 0 : app_text_escape(out, LINE_BYTES - 1, line);
}

static void lock(void) {
    ferryi_lock_take(ferryi_lock_for_messages());
}

static void unlock(void) {
    ferryi_lock_give(ferryi_lock_for_messages());
}

/* A message without a reader is lost: it must not delay the end of a program. */
static void put(const char *text, size_t bytes) {
    host_write(HOST_STREAM_ERROR, text, bytes, NULL);
}

/* How long a line of the terminal may be now: the last column would make it go on below. */
static size_t line_room(void) {
    uint64_t columns = host_terminal_columns(stderr);
    const char *said = getenv("COLUMNS");
    if (columns == 0 && (said == NULL || !app_parse_whole(said, 1, COLUMNS_MAX, &columns)))
        columns = COLUMNS_USUAL;
    return columns > COLUMNS_MAX ? COLUMNS_MAX - 1 : columns > 1 ? (size_t)columns - 1 : 1;
}

/* Writes what takes a line away; its length. */
static size_t make_blank(char out[COLUMNS_MAX + 2], size_t bytes) {
    int length = snprintf(out, COLUMNS_MAX + 2, "\r%*s\r", (int)bytes, "");
    return length < 0 ? 0 : (size_t)length;
}

static size_t least(size_t a, size_t b) {
    return a < b ? a : b;
}

static void clear_progress(void) {
    char blank[COLUMNS_MAX + 2];
    if (state.progress_bytes == 0)
        return;
    put(blank, make_blank(blank, least(state.progress_bytes, line_room())));
    state.progress_bytes = 0;
}

/* Leaves out what does not fit a line, from a comma on if there is one. The text is ASCII. */
static size_t fit(char *line, size_t length, size_t room) {
    if (length <= room)
        return length;
    size_t end = room;
    for (size_t at = room; at > 0 && end == room; at--)
        if (line[at] == ',' && line[at + 1] == ' ')
            end = at;
    line[end] = '\0';
    return end;
}

void app_message_clear_progress(void) {
    lock();
    clear_progress();
    unlock();
}

void app_message_put_blank(app_line *line) {
    char blank[COLUMNS_MAX + 2];
    if (state.shares_line && host_is_terminal(stdout))
        app_line_put(line, blank, make_blank(blank, line_room()));
}

/* With a second line, if it is not empty, that no other thread's line comes before. */
static void say(const char *kind, const char *format, va_list arguments, const char *hint) {
    char line[2 * LINE_BYTES + COLUMNS_MAX + 2];
    /* In one piece with the line, so that the other program does not write in between. */
    size_t blank = state.shares_line ? make_blank(line, line_room()) : 0;
    size_t length = blank + make_line(line + blank, kind, format, arguments);
    length += (size_t)snprintf(line + length, sizeof line - length, "\n%s", hint);
    lock();
    clear_progress();
    put(line, length);
    unlock();
}

void app_message_inform(const char *format, ...) {
    if (state.quiet)
        return;
    va_list arguments;
    va_start(arguments, format);
    say("", format, arguments, "");
    va_end(arguments);
}

void app_message_warn(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    say("warning: ", format, arguments, "");
    va_end(arguments);
}

void app_message_fail(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    say("", format, arguments, "");
    va_end(arguments);
}

void app_message_figures(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    say("", format, arguments, "");
    va_end(arguments);
}

int app_message_usage(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    char hint[LINE_BYTES];
    snprintf(hint, sizeof hint, "try %s --help\n", state.program);
    say("", format, arguments, hint);
    va_end(arguments);
    return APP_EXIT_USAGE;
}

void app_message_progress(const char *format, ...) {
    if (state.quiet)
        return;
    char line[LINE_BYTES];
    char shown[2 * LINE_BYTES];
    va_list arguments;
    va_start(arguments, format);
    size_t length = make_line(line, "", format, arguments);
    va_end(arguments);
    size_t room = line_room();
    length = fit(line, length, room);
    lock();
    size_t before = least(state.progress_bytes, room);
    int padding = length < before ? (int)(before - length) : 0;
    put(shown, (size_t)snprintf(shown, sizeof shown, "\r%s%*s", line, padding, ""));
    state.progress_bytes = length;
    unlock();
}
