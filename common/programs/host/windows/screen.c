/* Source: SetConsoleMode, "Console Virtual Terminal Sequences", ReadConsoleInput in the Win32
 * manual. */
#include "host/screen.h"

#include <stdbool.h>
#include <stdlib.h>
#include <windows.h>

#include <frameferry/clock.h>

#include "host/output.h"
#include "host/stop.h"
#include "host/windows/stop.h"
#include "support/error.h"

#define ENTER "\033[?1049h\033[?25l\033[H\033[2J"
#define LEAVE "\033[?25h\033[?1049l"

/* From Windows 10 on. */
#ifndef ENABLE_VIRTUAL_TERMINAL_PROCESSING
#define ENABLE_VIRTUAL_TERMINAL_PROCESSING 0x4
#endif

enum { COLUMNS_USUAL = 80, ROWS_USUAL = 24, MS_NS = 1000000 };

struct host_screen {
    HANDLE output, input;
    DWORD output_before, input_before;
    bool has_keys; /* standard input is a console */
};

/* For the thread in which the system tells of Ctrl-C. */
static host_screen *open_screen;

static void restore_at_once(void) {
    host_screen *s = open_screen;
    DWORD written;
    if (s == NULL)
        return;
    WriteFile(s->output, LEAVE, sizeof LEAVE - 1, &written, NULL);
    SetConsoleMode(s->output, s->output_before);
    if (s->has_keys)
        SetConsoleMode(s->input, s->input_before);
}

static void enter(host_screen *s) {
    /* Ctrl-C stays a request to stop. */
    if (s->has_keys)
        SetConsoleMode(s->input, ENABLE_PROCESSED_INPUT | ENABLE_WINDOW_INPUT);
    host_write(HOST_STREAM_OUTPUT, ENTER, sizeof ENTER - 1, NULL);
}

static void leave(const host_screen *s) {
    host_write(HOST_STREAM_OUTPUT, LEAVE, sizeof LEAVE - 1, NULL);
    SetConsoleMode(s->output, s->output_before);
    if (s->has_keys)
        SetConsoleMode(s->input, s->input_before);
}

ferry_status host_open_screen(host_screen **out, ferry_error *error) {
    *out = NULL;
    host_screen *s = calloc(1, sizeof *s);
    if (s == NULL)
        return ferryi_fail(error, FERRY_NO_MEMORY, 0, "out of memory");
    s->output = GetStdHandle(STD_OUTPUT_HANDLE);
    s->input = GetStdHandle(STD_INPUT_HANDLE);
    if (!GetConsoleMode(s->output, &s->output_before) ||
        !SetConsoleMode(s->output, s->output_before | ENABLE_PROCESSED_OUTPUT |
                                       ENABLE_VIRTUAL_TERMINAL_PROCESSING)) {
        free(s);
        return ferryi_fail(error, FERRY_NOT_SUPPORTED, 0,
                           "standard output is no console that can be drawn on: that takes "
                           "Windows 10 or later");
    }
    s->has_keys = GetConsoleMode(s->input, &s->input_before) != 0;
    open_screen = s;
    host_stop_restores(restore_at_once);
    enter(s);
    *out = s;
    return FERRY_OK;
}

void host_screen_size(const host_screen *screen, unsigned *columns, unsigned *rows) {
    CONSOLE_SCREEN_BUFFER_INFO about;
    *columns = COLUMNS_USUAL;
    *rows = ROWS_USUAL;
    if (!GetConsoleScreenBufferInfo(screen->output, &about) ||
        about.srWindow.Right < about.srWindow.Left || about.srWindow.Bottom < about.srWindow.Top)
        return;
    *columns = (unsigned)(about.srWindow.Right - about.srWindow.Left + 1);
    *rows = (unsigned)(about.srWindow.Bottom - about.srWindow.Top + 1);
}

/* The next event of the console. False: it is none of those that are wanted. */
static bool take_event(host_screen *s, unsigned char *key, host_screen_news *news) {
    INPUT_RECORD found;
    DWORD count = 0;
    if (!ReadConsoleInputW(s->input, &found, 1, &count) || count == 0) {
        s->has_keys = false;
        return false;
    }
    *news = HOST_SCREEN_RESIZED;
    if (found.EventType == WINDOW_BUFFER_SIZE_EVENT)
        return true;
    *news = HOST_SCREEN_KEY;
    WCHAR letter = found.Event.KeyEvent.uChar.UnicodeChar;
    *key = letter < 0x80 ? (unsigned char)letter : 0;
    return found.EventType == KEY_EVENT && found.Event.KeyEvent.bKeyDown && *key != 0;
}

host_screen_news host_await_screen(host_screen *s, uint64_t deadline_ns, unsigned char *key) {
    while (host_stop_count() == 0) {
        uint64_t now_ns = ferry_clock_ns();
        uint64_t left_ms = deadline_ns > now_ns ? (deadline_ns - now_ns + MS_NS - 1) / MS_NS : 0;
        HANDLE waited[] = {host_stop_event(), s->input};
        DWORD answer = WaitForMultipleObjects(s->has_keys ? 2 : 1, waited, FALSE,
                                              left_ms < INFINITE ? (DWORD)left_ms : INFINITE - 1);
        host_screen_news news;
        if (answer == WAIT_OBJECT_0 + 1 && take_event(s, key, &news))
            return news;
        if (answer == WAIT_TIMEOUT && ferry_clock_ns() >= deadline_ns)
            return HOST_SCREEN_TIME;
        if (answer == WAIT_FAILED)
            return host_sleep_until(deadline_ns) ? HOST_SCREEN_STOPPED : HOST_SCREEN_TIME;
    }
    return HOST_SCREEN_STOPPED;
}

void host_close_screen(host_screen **screen) {
    host_screen *s = *screen;
    *screen = NULL;
    if (s == NULL)
        return;
    host_stop_restores(NULL);
    host_settle_notify(); /* a thread of the system's may be at it */
    open_screen = NULL;
    leave(s);
    free(s);
}
