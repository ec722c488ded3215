#include "verbs.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include <frameferry/frameferry.h>

#include "options.h"
#include "shared/message.h"

static const char help[] =
    "Usage: ferry list [OPTION]...\n"
    "List the channels of this machine.\n"
    "  --json             write an object for each channel, one per line\n"
    "Other: -h, --help  -v, -V, --version\n"
    "Exit codes: 0 success, 1 failure, 2 wrong usage, 3 there is no channel.\n";

static const struct option long_options[] = {
    OPTIONS_OF_ALL,
    {NULL, 0, NULL, 0},
};

static const app_arguments_letter letters[] = {OPTIONS_LETTERS, OPTIONS_LETTERS_END};

int verb_list(int count, char **arguments) {
    options_found found;
    const options_plan plan = {.help = help, .options = long_options, .letters = letters};
    int code = options_parse(&found, &plan, count, arguments);
    if (code != APP_EXIT_NONE)
        return code;
    ferry_error error;
    size_t names = 0;
    if (ferry_peek_list(NULL, 0, &names, FERRY_PEEK_CHANNELS, &error) != FERRY_OK) {
        app_message_fail("%s", error.message);
        return APP_EXIT_FAILED;
    }
    printf("%zu\n", names);
    return names > 0 ? APP_EXIT_FINE : APP_EXIT_TIMED_OUT;
}
