/* Messages on standard error, each line under the program's name, and the exit codes.
 *
 * Functions that print may be called from any thread, the others only before there are several
 * threads. Everything is escaped for terminals (app_text_escape) and written in one piece, so that
 * lines of several programs on one terminal do not mix. A message waits for a reader as host_write
 * does, and is lost where that gives up. */
#ifndef APP_MESSAGE_H
#define APP_MESSAGE_H

#include <stdbool.h>

#include "host/inside.h"
#include "shared/line.h"

typedef enum app_exit {
    APP_EXIT_FINE = 0,
    APP_EXIT_FAILED = 1,   /* at run time */
    APP_EXIT_USAGE = 2,    /* wrong usage */
    APP_EXIT_TIMED_OUT = 3 /* a time that the user set is over */
} app_exit;

/* Returned in the place of an exit code: nothing keeps the program from running. */
#define APP_EXIT_NONE (-1)

/* Sets the name that begins each line; it is not copied. With FERRY_PROGRESS=no in the environment,
 * standard error is a terminal's line that the program which started this one renews: no progress
 * is to be shown there, and each message clears it first. */
void app_message_start(const char *program);

/* Prints only warnings and errors from now on. */
void app_message_set_quiet(bool quiet);

void app_message_inform(const char *format, ...) FERRYI_PRINTF(1, 2);
void app_message_warn(const char *format, ...) FERRYI_PRINTF(1, 2);
void app_message_fail(const char *format, ...) FERRYI_PRINTF(1, 2);

/* Figures that were asked for: also for those who want quiet otherwise. */
void app_message_figures(const char *format, ...) FERRYI_PRINTF(1, 2);

/* As app_message_fail, with a hint at --help; returns APP_EXIT_USAGE. */
int app_message_usage(const char *format, ...) FERRYI_PRINTF(1, 2);

/* Whether a line of progress can be shown: there is a terminal, which is not another program's, and
 * --quiet has not been given. */
bool app_message_shows_progress(void);

/* Shows a line that the next one replaces; messages clear it first. The line is cut to the width of
 * the terminal, or to COLUMNS. In ASCII. Only if app_message_shows_progress. */
void app_message_progress(const char *format, ...) FERRYI_PRINTF(1, 2);

/* Takes the line of app_message_progress away. */
void app_message_clear_progress(void);

/* Puts what has to come before text on standard output: where that is a terminal with another
 * program's line of progress, what takes it away; else nothing. */
void app_message_put_blank(app_line *line);

#endif
