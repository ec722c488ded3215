/* What both programs do alike with their command lines. */
#ifndef FERRYI_ARGUMENTS_H
#define FERRYI_ARGUMENTS_H

#include <stdint.h>

/* Returned by an options_parse that has nothing against running the program. */
#define FERRYI_ARGUMENTS_RUN (-1)

/* Says what getopt_long found wrong, from its answer '?' or ':' and its variables; the options that
 * have only a long form have numbers from 256 on. Returns FERRYI_EXIT_USAGE. */
int ferryi_arguments_complain(int answer, char *const *arguments);

/* Puts the channel's name into *name: the one given there, else that in the environment variable
 * FERRY_NAME, else the default. Returns FERRYI_ARGUMENTS_RUN, or FERRYI_EXIT_USAGE with a message
 * when it is not allowed. */
int ferryi_arguments_choose_name(const char **name);

/* The value of --stats: nanoseconds between figures. Returns FERRYI_ARGUMENTS_RUN, or
 * FERRYI_EXIT_USAGE with a message. */
int ferryi_arguments_stats(const char *value, int64_t *interval_ns);

/* Writes text and checks that it got through. Returns the exit code. */
int ferryi_arguments_print(const char *text);

#endif
