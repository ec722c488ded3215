/* Command lines of our programs: how options are read, and the options that all of them have. */
#ifndef APP_ARGUMENTS_H
#define APP_ARGUMENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/option.h"
#include "shared/port.h"
#include "shared/share.h"
#include "shared/yuv.h"

/* Returned by app_arguments_next. */
#define APP_ARGUMENTS_END (-1)
#define APP_ARGUMENTS_WRONG (-2)

struct option;

/* Rows of the table for getopt_long, for options that all programs have. */
#define APP_ARGUMENTS_COMMON                                                                       \
    {"name", required_argument, NULL, APP_OPTION_NAME},                                            \
        {"group", optional_argument, NULL, APP_OPTION_GROUP},                                      \
        {"everyone", no_argument, NULL, APP_OPTION_EVERYONE},                                      \
        {"count", required_argument, NULL, APP_OPTION_COUNT},                                      \
        {"matrix", required_argument, NULL, APP_OPTION_MATRIX},                                    \
        {"range", required_argument, NULL, APP_OPTION_RANGE},                                      \
        {"json", no_argument, NULL, APP_OPTION_JSON},                                              \
        {"stats", required_argument, NULL, APP_OPTION_STATS},                                      \
        {"quiet", no_argument, NULL, APP_OPTION_QUIET},                                            \
        {"help", no_argument, NULL, APP_OPTION_HELP},                                              \
        {"version", no_argument, NULL, APP_OPTION_VERSION},                                        \
        {"dialect", required_argument, NULL, APP_OPTION_DIALECT},                                  \
        {"object", required_argument, NULL, APP_OPTION_OBJECT},                                    \
        {"payload", required_argument, NULL, APP_OPTION_PAYLOAD},                                  \
        {"size", required_argument, NULL, APP_OPTION_SIZE},                                        \
        {"access", required_argument, NULL, APP_OPTION_ACCESS},                                    \
        {"order", required_argument, NULL, APP_OPTION_ORDER},                                      \
        {"reading", required_argument, NULL, APP_OPTION_READING},                                  \
        {"break-lock", required_argument, NULL, APP_OPTION_BREAK_LOCK},                            \
        {"adopt", no_argument, NULL, APP_OPTION_ADOPT}, {                                          \
        "help-ports", no_argument, NULL, APP_OPTION_HELP_PORTS                                     \
    }

/* The values of these options. Starts as all zeros. */
typedef struct app_arguments {
    const char *name; /* the channel's; NULL: not given */
    app_share share;
    uint64_t count; /* frames; 0: no limit */
    app_yuv yuv;    /* what YUV frames are */
    bool json;
    int64_t stats_ns; /* between figures; 0: none */
    bool quiet;
    app_port port; /* at the other end, or at this one, of a convention of other programs */
} app_arguments;

/* A letter behind one dash, and the option that it stands for. A table of them ends with 0, NULL.
 */
typedef struct app_arguments_letter {
    char letter;
    const char *name;
} app_arguments_letter;

/* Makes getopt_long begin again. */
void app_arguments_begin(void);

/* The number of the next option by getopt_long, with its value in optarg. The numbers are from 256
 * on, and all differ. -h, -n, -q, -v and -V stand for --help, --name, --quiet and --version.
 * APP_ARGUMENTS_END: there are no more, and what is left begins at optind.
 * APP_ARGUMENTS_WRONG: the mistake, and what may have been meant, has been reported. */
int app_arguments_next(int count, char **arguments, const struct option *options);

/* The same with other letters, each of an option in the table. */
int app_arguments_next_with(int count, char **arguments, const struct option *options,
                            const app_arguments_letter *letters);

/* Notes one of the common options. help is the text of --help, program the name that --version
 * prints. Returns APP_EXIT_NONE, or the exit code of a program that has nothing left to do. */
int app_arguments_take(app_arguments *out, int option, const char *value, const char *help,
                       const char *program);

/* Checks a word that is left over. Returns APP_EXIT_NONE, or APP_EXIT_USAGE with a message when
 * it begins with a typographic dash in the place of "-". */
int app_arguments_check_dashes(const char *text, const struct option *options);

/* The same with other letters. */
int app_arguments_check_dashes_with(const char *text, const struct option *options,
                                    const app_arguments_letter *letters);

/* Puts the channel's name into *name: the one given there, else that in the environment variable
 * FERRY_NAME, else the default. Returns APP_EXIT_NONE, or APP_EXIT_USAGE with a message when it
 * is not allowed. */
int app_arguments_choose_name(const char **name);

/* Writes text and checks that it got through. Returns the exit code. */
int app_arguments_print(const char *text);

#endif
