/* What both programs do alike with their command lines. */
#ifndef APP_ARGUMENTS_H
#define APP_ARGUMENTS_H

#include <stdbool.h>
#include <stdint.h>

/* Returned by an options_parse that has nothing against running the program. */
#define APP_ARGUMENTS_RUN (-1)

/* Returned by app_arguments_next. */
#define APP_ARGUMENTS_END (-1)
#define APP_ARGUMENTS_WRONG (-2)

struct option;

/* Makes getopt_long begin again. */
void app_arguments_begin(void);

/* The number of the next option by getopt_long, with its value in optarg. The numbers are from 256
 * on, and all differ. -h, -n, -q, -v and -V stand for --help, --name, --quiet and --version.
 * APP_ARGUMENTS_END: there are no more, and what is left begins at optind.
 * APP_ARGUMENTS_WRONG: what is wrong, and what may have been meant, has been said. */
int app_arguments_next(int count, char **arguments, const struct option *options);

/* Looks at a word that is left over. Returns APP_ARGUMENTS_RUN, or APP_EXIT_USAGE with a
 * message when it begins with a dash that only looks as that of an option. */
int app_arguments_check_dashes(const char *text, const struct option *options);

/* Puts the channel's name into *name: the one given there, else that in the environment variable
 * FERRY_NAME, else the default. Returns APP_ARGUMENTS_RUN, or APP_EXIT_USAGE with a message
 * when it is not allowed. */
int app_arguments_choose_name(const char **name);

/* The value of --stats: nanoseconds between figures. Returns APP_ARGUMENTS_RUN, or
 * APP_EXIT_USAGE with a message. */
int app_arguments_stats(const char *value, int64_t *interval_ns);

/* Writes text and checks that it got through. Returns the exit code. */
int app_arguments_print(const char *text);

#endif
