#include "message.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <frameferry/host.h>
#include <frameferry/thread.h>

#include "text.h"

/* Long enough for a sentence of the library with the longest path of most systems in it. */
#define LINE_BYTES 6144

static struct {
    const char *program;
    bool quiet;
    /* What stands on the terminal's line and has to be wiped out; with the mutex. */
    size_t progress_bytes;
} state = {.program = "ferry"};

void ferryi_message_start(const char *program) {
    state.program = program;
}

void ferryi_message_set_quiet(bool quiet) {
    state.quiet = quiet;
}

/* Returns the length of the line in out, which is escaped and has no line end. */
static size_t make_line(char out[LINE_BYTES], const char *kind, const char *format,
                        va_list arguments) {
    char text[LINE_BYTES];
    char line[LINE_BYTES];
    vsnprintf(text, sizeof text, format, arguments);
    int length = snprintf(line, sizeof line, "%s: %s%s", state.program, kind, text);
    return length < 0 ? 0 : ferryi_text_escape(out, LINE_BYTES - 1, line);
}

static void lock(void) {
    ferryi_mutex_lock(ferryi_mutex_for_messages());
}

static void unlock(void) {
    ferryi_mutex_unlock(ferryi_mutex_for_messages());
}

/* Where nobody reads, a message is lost: it must not hold up the end of a program. */
static void put(const char *text, size_t bytes) {
    ferryi_host_write(FERRYI_STREAM_ERROR, text, bytes, NULL);
}

static void clear_progress(void) {
    char blank[LINE_BYTES + 2];
    if (state.progress_bytes == 0)
        return;
    put(blank, (size_t)snprintf(blank, sizeof blank, "\r%*s\r", (int)state.progress_bytes, ""));
    state.progress_bytes = 0;
}

void ferryi_message_clear_progress(void) {
    lock();
    clear_progress();
    unlock();
}

/* With a second line, if it is not empty, that no other thread's line comes before. */
static void say(const char *kind, const char *format, va_list arguments, const char *hint) {
    char line[2 * LINE_BYTES];
    size_t length = make_line(line, kind, format, arguments);
    length += (size_t)snprintf(line + length, sizeof line - length, "\n%s", hint);
    lock();
    clear_progress();
    put(line, length);
    unlock();
}

void ferryi_message_inform(const char *format, ...) {
    if (state.quiet)
        return;
    va_list arguments;
    va_start(arguments, format);
    say("", format, arguments, "");
    va_end(arguments);
}

void ferryi_message_warn(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    say("warning: ", format, arguments, "");
    va_end(arguments);
}

void ferryi_message_fail(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    say("", format, arguments, "");
    va_end(arguments);
}

void ferryi_message_figures(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    say("", format, arguments, "");
    va_end(arguments);
}

int ferryi_message_usage(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    char hint[LINE_BYTES];
    snprintf(hint, sizeof hint, "try %s --help\n", state.program);
    say("", format, arguments, hint);
    va_end(arguments);
    return FERRYI_EXIT_USAGE;
}

void ferryi_message_progress(const char *format, ...) {
    if (state.quiet)
        return;
    char line[LINE_BYTES];
    char shown[2 * LINE_BYTES];
    va_list arguments;
    va_start(arguments, format);
    size_t length = make_line(line, "", format, arguments);
    va_end(arguments);
    lock();
    int padding = length < state.progress_bytes ? (int)(state.progress_bytes - length) : 0;
    put(shown, (size_t)snprintf(shown, sizeof shown, "\r%s%*s", line, padding, ""));
    state.progress_bytes = length;
    unlock();
}
