#include "options.h"

#include <getopt.h>

#include <frameferry/frameferry.h>

#include "arguments.h"
#include "message.h"
#include "parse.h"

static const char help[] =
    "Usage: ferry-consumer [OPTION]...\n"
    "Receives image frames from the producer of a channel through shared memory.\n"
    "Channel:\n"
    "  --name NAME        channel (default: $FERRY_NAME, else BaseImage)\n"
    "  --latest           the newest frame each time (default without --save)\n"
    "  --every            each frame, in order, with nothing skipped\n"
    "Ends, other than with the stream:\n"
    "  --wait SECONDS     when no producer is there for so long (default: waits)\n"
    "  --timeout SECONDS  when no frame comes for so long (default: waits)\n"
    "  --count N          after N frames\n"
    "Output:\n"
    "  --save DIR         saves DIR/NAME-000001.png, ... and makes DIR if need be;\n"
    "                     implies --every unless --latest is said\n"
    "  --json             writes an object for each frame, one a line\n"
    "Other: --quiet  --help  --version\n"
    "Exit codes: 0 fine, 1 failed, 2 wrong usage, 3 timed out.\n"
    "Example, which lists what a camera's producer sends:\n"
    "  ferry-consumer --name camera --every --json\n";

enum {
    OPTION_NAME = 256,
    OPTION_LATEST,
    OPTION_EVERY,
    OPTION_WAIT,
    OPTION_TIMEOUT,
    OPTION_COUNT,
    OPTION_SAVE,
    OPTION_JSON,
    OPTION_QUIET,
    OPTION_HELP,
    OPTION_VERSION
};

static const struct option long_options[] = {
    {"name", required_argument, NULL, OPTION_NAME},
    {"latest", no_argument, NULL, OPTION_LATEST},
    {"every", no_argument, NULL, OPTION_EVERY},
    {"wait", required_argument, NULL, OPTION_WAIT},
    {"timeout", required_argument, NULL, OPTION_TIMEOUT},
    {"count", required_argument, NULL, OPTION_COUNT},
    {"save", required_argument, NULL, OPTION_SAVE},
    {"json", no_argument, NULL, OPTION_JSON},
    {"quiet", no_argument, NULL, OPTION_QUIET},
    {"help", no_argument, NULL, OPTION_HELP},
    {"version", no_argument, NULL, OPTION_VERSION},
    {NULL, 0, NULL, 0},
};

static int choose_delivery(consumer_options *o, delivery_choice choice) {
    if (o->delivery != DELIVERY_AS_FITS && o->delivery != choice)
        return ferryi_message_usage("--latest and --every exclude each other");
    o->delivery = choice;
    return FERRYI_ARGUMENTS_RUN;
}

static int parse_seconds(const char *option, const char *value, int64_t *out) {
    if (!ferryi_parse_seconds(value, out))
        return ferryi_message_usage("%s wants seconds, such as 10 or 0.5, not \"%s\"", option,
                                    value);
    return FERRYI_ARGUMENTS_RUN;
}

static int parse_count(const char *value, uint64_t *out) {
    if (!ferryi_parse_whole(value, 1, UINT64_MAX, out))
        return ferryi_message_usage("--count wants a whole number from 1 on, not \"%s\"", value);
    return FERRYI_ARGUMENTS_RUN;
}

static int choose_directory(consumer_options *o, const char *value) {
    if (*value == '\0')
        return ferryi_message_usage("--save wants a directory");
    o->save = value;
    return FERRYI_ARGUMENTS_RUN;
}

static int parse_option(consumer_options *o, int option, const char *value) {
    switch (option) {
    case OPTION_NAME: o->name = value; break;
    case OPTION_LATEST: return choose_delivery(o, DELIVERY_LATEST);
    case OPTION_EVERY: return choose_delivery(o, DELIVERY_EVERY);
    case OPTION_WAIT: return parse_seconds("--wait", value, &o->wait_ns);
    case OPTION_TIMEOUT: return parse_seconds("--timeout", value, &o->timeout_ns);
    case OPTION_COUNT: return parse_count(value, &o->count);
    case OPTION_SAVE: return choose_directory(o, value);
    case OPTION_JSON: o->json = true; break;
    case OPTION_QUIET:
        o->quiet = true;
        ferryi_message_set_quiet(true);
        break;
    case OPTION_HELP: return ferryi_arguments_print(help);
    default: return ferryi_arguments_print("ferry-consumer " FERRY_VERSION_STRING "\n");
    }
    return FERRYI_ARGUMENTS_RUN;
}

int options_parse(consumer_options *out, int count, char **arguments) {
    *out = (consumer_options){.wait_ns = FERRY_FOREVER, .timeout_ns = FERRY_FOREVER};
    opterr = 0;
    optind = 1;
    int option;
    while ((option = getopt_long(count, arguments, ":", long_options, NULL)) != -1) {
        if (option == '?' || option == ':')
            return ferryi_arguments_complain(option, arguments);
        int code = parse_option(out, option, optarg);
        if (code != FERRYI_ARGUMENTS_RUN)
            return code;
    }
    if (optind < count)
        return ferryi_message_usage("\"%s\" is not an option, and there is nothing else to say",
                                    arguments[optind]);
    return ferryi_arguments_choose_name(&out->name);
}
