#include "arguments.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include <frameferry/frame.h>
#include <frameferry/host.h>

#include "message.h"
#include "parse.h"

/* More often than that nobody reads it, and it would cost more than it tells. */
#define STATS_LEAST_NS (FERRY_SECOND_NS / 10)

int ferryi_arguments_complain(int answer, char *const *arguments) {
    const char *text = arguments[optind - 1];
    if (answer == ':')
        return ferryi_message_usage("%s needs a value", text);
    if (optopt >= 256)
        return ferryi_message_usage("%s: this option takes no value", text);
    if (optopt != 0)
        return ferryi_message_usage("unknown option -%c", optopt);
    return ferryi_message_usage("unknown option, or one cut too short: %s", text);
}

int ferryi_arguments_choose_name(const char **name) {
    const char *inherited = getenv("FERRY_NAME");
    const char *from = "--name";
    if (*name == NULL && inherited != NULL && *inherited != '\0') {
        *name = inherited;
        from = "the environment variable FERRY_NAME";
    }
    if (*name == NULL)
        *name = FERRY_DEFAULT_NAME;
    ferry_error error;
    if (ferry_name_check(*name, &error) != FERRY_OK)
        return ferryi_message_usage("%s: %s", from, error.message);
    return FERRYI_ARGUMENTS_RUN;
}

int ferryi_arguments_stats(const char *value, int64_t *interval_ns) {
    int64_t wanted_ns = 0;
    if (!ferryi_parse_seconds(value, &wanted_ns) || wanted_ns < STATS_LEAST_NS)
        return ferryi_message_usage(
            "--stats wants seconds from 0.1 on, such as 1 or 60, not \"%s\"", value);
    *interval_ns = wanted_ns;
    return FERRYI_ARGUMENTS_RUN;
}

int ferryi_arguments_print(const char *text) {
    ferry_error error;
    if (ferryi_host_write(FERRYI_STREAM_OUTPUT, text, strlen(text), &error) == FERRY_OK)
        return FERRYI_EXIT_FINE;
    ferryi_message_fail("%s", error.message);
    return FERRYI_EXIT_FAILED;
}
