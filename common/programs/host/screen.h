/* The whole screen of a terminal, which a program draws anew again and again: the text that was
 * there comes back when it ends, also when Ctrl-C ends it at once. For the main thread, after
 * host_catch_stop. */
#ifndef HOST_SCREEN_H
#define HOST_SCREEN_H

#include <stdint.h>

#include <frameferry/status.h>

/* One at a time in a process. */
typedef struct host_screen host_screen;

typedef enum host_screen_news {
    HOST_SCREEN_TIME,    /* the time has come */
    HOST_SCREEN_KEY,     /* a key was pressed */
    HOST_SCREEN_RESIZED, /* the screen has another size, or is empty: it is to be drawn anew */
    HOST_SCREEN_STOPPED  /* the user has asked to stop */
} host_screen_news;

/* Takes the terminal of standard output over: another screen, without a cursor, and keys of
 * standard input one by one without an echo, if that is a terminal. Returns FERRY_OK;
 * FERRY_NOT_SUPPORTED: standard output is no terminal, or one without these abilities;
 * FERRY_NO_MEMORY, FERRY_SYSTEM_ERROR. Source: termios(3), console_codes(4), SetConsoleMode. */
ferry_status host_open_screen(host_screen **out, ferry_error *error);

/* How large the screen is now. */
void host_screen_size(const host_screen *screen, unsigned *columns, unsigned *rows);

/* Sleeps until a time on ferry_clock_ns, or until there is something else; *key is a byte of
 * a key, of which some send several. On Linux Ctrl-Z gives the terminal back for as long as the
 * program is stopped. */
host_screen_news host_await_screen(host_screen *screen, uint64_t deadline_ns, unsigned char *key);

/* Gives the terminal back. Sets *screen to NULL; NULL is accepted. */
void host_close_screen(host_screen **screen);

#endif
