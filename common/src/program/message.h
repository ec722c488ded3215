/* What a program says on standard error, each line under the program's name, and its exit codes.
 *
 * What says something may be called from any thread, the rest before there are several. Everything
 * is escaped for terminals (ferryi_text_escape) and written in one piece, so that lines of several
 * programs on one terminal do not mix. A message waits for a reader as ferryi_host_write does, and
 * is lost where that gives up. */
#ifndef FERRYI_MESSAGE_H
#define FERRYI_MESSAGE_H

#include <stdbool.h>

#include "format.h"
#include "line.h"

typedef enum ferryi_exit {
    FERRYI_EXIT_FINE = 0,
    FERRYI_EXIT_FAILED = 1,   /* at run time */
    FERRYI_EXIT_USAGE = 2,    /* wrong usage */
    FERRYI_EXIT_TIMED_OUT = 3 /* a time that the user set is over */
} ferryi_exit;

/* Sets the name that begins each line; it is not copied. With FERRY_PROGRESS=no in the environment,
 * standard error is a terminal's line that the program which started this one renews: no progress
 * is to be shown there, and each message clears it first. */
void ferryi_message_start(const char *program);

/* Only warnings and errors from now on: nobody who asks for quiet wants to miss what went wrong. */
void ferryi_message_set_quiet(bool quiet);

void ferryi_message_inform(const char *format, ...) FERRYI_FORMAT(1, 2);
void ferryi_message_warn(const char *format, ...) FERRYI_FORMAT(1, 2);
void ferryi_message_fail(const char *format, ...) FERRYI_FORMAT(1, 2);

/* Figures that were asked for: also for those who want quiet otherwise. */
void ferryi_message_figures(const char *format, ...) FERRYI_FORMAT(1, 2);

/* As ferryi_message_fail, with a hint at --help; returns FERRYI_EXIT_USAGE. */
int ferryi_message_usage(const char *format, ...) FERRYI_FORMAT(1, 2);

/* Whether a line of progress can be shown: there is a terminal, which is not another program's, and
 * nobody has asked for quiet. */
bool ferryi_message_shows_progress(void);

/* Shows a line that the next one replaces; messages clear it first. What does not fit the width
 * that the terminal has now, or COLUMNS says, is left out. In ASCII. Only if
 * ferryi_message_shows_progress. */
void ferryi_message_progress(const char *format, ...) FERRYI_FORMAT(1, 2);

/* Takes the line of ferryi_message_progress away. */
void ferryi_message_clear_progress(void);

/* Puts what has to come before text on standard output: where that is a terminal with another
 * program's line of progress, what takes it away; else nothing. */
void ferryi_message_put_blank(ferryi_line *line);

#endif
