/* The command line of a verb: options in a table for getopt_long, and words that stand by
 * themselves. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/arguments.h"
#include "shared/option.h"

/* Rows of the table for getopt_long, for options that all verbs have. */
#define OPTIONS_OF_ALL                                                                             \
    {"json", no_argument, NULL, APP_OPTION_JSON}, {"help", no_argument, NULL, APP_OPTION_HELP}, {  \
        "version", no_argument, NULL, APP_OPTION_VERSION                                           \
    }
/* And for verbs that are about a channel, which may also stand by itself. */
#define OPTIONS_OF_CHANNEL                                                                         \
    { "name", required_argument, NULL, APP_OPTION_NAME }

/* Their letters. */
#define OPTIONS_LETTERS                                                                            \
    {'h', "help"}, {'v', "version"}, {                                                             \
        'V', "version"                                                                             \
    }
#define OPTIONS_LETTERS_OF_CHANNEL                                                                 \
    { 'n', "name" }
#define OPTIONS_LETTERS_END                                                                        \
    { 0, NULL }

enum { OPTIONS_WORDS_MAX = 2 };

/* How a verb reads its command line. */
typedef struct options_plan {
    const char *help; /* the text of --help */
    const struct option *options;
    const app_arguments_letter *letters;
    /* Notes one of the verb's own options. Returns APP_EXIT_NONE, or an exit code with a message.
     * NULL: the verb has none. */
    int (*take)(void *argument, int option, const char *value);
    void *argument;
    unsigned words_most; /* up to OPTIONS_WORDS_MAX words may stand by themselves */
    bool takes_list;     /* any number of them may: they are in the list */
} options_plan;

typedef struct options_found {
    bool json;
    const char *name; /* --name; NULL: not given */
    const char *word[OPTIONS_WORDS_MAX];
    unsigned words;
    char **list; /* of a verb that takes one */
    size_t list_count;
} options_found;

/* Reads a command line. Returns APP_EXIT_NONE, or an exit code when there is nothing left to do:
 * help was asked for, or the command line is wrong, which has been reported. */
int options_parse(options_found *out, const options_plan *plan, int count, char **arguments);

/* Puts the channel into *name, of a verb whose first word is one: the word, or --name. NULL:
 * neither is given. Returns APP_EXIT_NONE, or APP_EXIT_USAGE with a message when both are given, or
 * the name is not allowed. */
int options_take_channel(const options_found *found, const char **name);

/* The same, with $FERRY_NAME, else the default, where no channel is given. */
int options_choose_channel(const options_found *found, const char **name);

/* Reads seconds of an option, at least so many nanoseconds. Returns APP_EXIT_NONE, or
 * APP_EXIT_USAGE with a message. */
int options_parse_seconds(const char *option, const char *value, int64_t least_ns, int64_t *out);

#endif
