#include "options.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include <frameferry/frameferry.h>
#include <frameferry/host.h>

#include "arguments.h"
#include "message.h"

/* Frames have up to 2^31 - 1 bytes. */
#define CAPACITY_MAX_BYTES (UINT64_C(1) << 31)

static const char help[] =
    "Usage: ferry-producer [OPTION]... SOURCE...\n"
    "Sends image frames through shared memory to the consumers of a channel.\n"
    "SOURCE: image files and directories of them, or one pattern:WxH[:FORMAT].\n"
    "Channel:\n"
    "  --name NAME              channel (default: $FERRY_NAME, else BaseImage)\n"
    "  --slots N                frames that it holds, 2 to 64 (default: 8)\n"
    "  --capacity SIZE          largest frame in bytes, K, M or G (default: 32M)\n"
    "  --dialect baseimage      one slot, for programs that know only that layout\n"
    "Frames:\n"
    "  --fps N                  frames a second, such as 30 (default) or 30000/1001;\n"
    "                           0: as fast as the consumers allow\n"
    "  --count N                end after N frames\n"
    "  --loop                   begin again after the last file\n"
    "Consumers:\n"
    "  --launch COMMAND         start COMMAND when no consumer is attached\n"
    "  --wait-consumer SECONDS  wait so long for the first consumer\n"
    "  --no-wait                send whether or not a consumer is attached\n"
    "Other: --quiet  --help  --version\n"
    "Exit codes: 0 fine, 1 failed, 2 wrong usage, 3 timed out.\n"
    "Example, which saves 24 pictures that went through shared memory:\n"
    "  ferry-producer --launch \"ferry-consumer --save out\" samples/images\n";

enum {
    OPTION_NAME = 256,
    OPTION_FPS,
    OPTION_COUNT,
    OPTION_LOOP,
    OPTION_SLOTS,
    OPTION_CAPACITY,
    OPTION_DIALECT,
    OPTION_LAUNCH,
    OPTION_WAIT,
    OPTION_NO_WAIT,
    OPTION_QUIET,
    OPTION_HELP,
    OPTION_VERSION
};

static const struct option long_options[] = {
    {"name", required_argument, NULL, OPTION_NAME},
    {"fps", required_argument, NULL, OPTION_FPS},
    {"count", required_argument, NULL, OPTION_COUNT},
    {"loop", no_argument, NULL, OPTION_LOOP},
    {"slots", required_argument, NULL, OPTION_SLOTS},
    {"capacity", required_argument, NULL, OPTION_CAPACITY},
    {"dialect", required_argument, NULL, OPTION_DIALECT},
    {"launch", required_argument, NULL, OPTION_LAUNCH},
    {"wait-consumer", required_argument, NULL, OPTION_WAIT},
    {"no-wait", no_argument, NULL, OPTION_NO_WAIT},
    {"quiet", no_argument, NULL, OPTION_QUIET},
    {"help", no_argument, NULL, OPTION_HELP},
    {"version", no_argument, NULL, OPTION_VERSION},
    {NULL, 0, NULL, 0},
};

static int parse_slots(producer_options *o, const char *value) {
    uint64_t slots = 0;
    if (!ferryi_parse_whole(value, 2, FERRY_MAX_SLOTS, &slots))
        return ferryi_message_usage("--slots wants a whole number from 2 to %d, not \"%s\"",
                                    FERRY_MAX_SLOTS, value);
    o->slots = (uint32_t)slots;
    return FERRYI_ARGUMENTS_RUN;
}

static int parse_dialect(producer_options *o, const char *value) {
    if (strcmp(value, "baseimage") != 0)
        return ferryi_message_usage("unknown dialect \"%s\"; there is baseimage", value);
    o->dialect = FERRY_DIALECT_BASEIMAGE;
    return FERRYI_ARGUMENTS_RUN;
}

static int parse_wait(producer_options *o, wait_choice choice, const char *value) {
    if (o->wait != WAIT_AS_SOURCE && o->wait != choice)
        return ferryi_message_usage("--wait-consumer and --no-wait exclude each other");
    o->wait = choice;
    if (choice == WAIT_LIMITED && !ferryi_parse_seconds(value, &o->wait_ns))
        return ferryi_message_usage("--wait-consumer wants seconds, such as 10 or 0.5, not \"%s\"",
                                    value);
    return FERRYI_ARGUMENTS_RUN;
}

/* Options with a value that is a number. */
static int parse_number(producer_options *o, int option, const char *value) {
    switch (option) {
    case OPTION_FPS:
        if (!ferryi_parse_rate(value, &o->rate))
            return ferryi_message_usage(
                "--fps wants frames a second, such as 30, 29.97 or 30000/1001, not \"%s\"", value);
        break;
    case OPTION_COUNT:
        if (!ferryi_parse_whole(value, 1, UINT64_MAX, &o->count))
            return ferryi_message_usage("--count wants a whole number from 1 on, not \"%s\"",
                                        value);
        break;
    default:
        if (!ferryi_parse_size(value, &o->capacity_bytes) ||
            o->capacity_bytes <= FERRY_HEADER_BYTES || o->capacity_bytes > CAPACITY_MAX_BYTES)
            return ferryi_message_usage(
                "--capacity wants a size from %d bytes to 2G, such as 8M, not \"%s\"",
                FERRY_HEADER_BYTES + 1, value);
        break;
    }
    return FERRYI_ARGUMENTS_RUN;
}

static int parse_option(producer_options *o, int option, const char *value) {
    switch (option) {
    case OPTION_NAME: o->name = value; break;
    case OPTION_FPS:
    case OPTION_COUNT:
    case OPTION_CAPACITY: return parse_number(o, option, value);
    case OPTION_LOOP: o->loop = true; break;
    case OPTION_SLOTS: return parse_slots(o, value);
    case OPTION_DIALECT: return parse_dialect(o, value);
    case OPTION_LAUNCH: o->launch = value; break;
    case OPTION_WAIT: return parse_wait(o, WAIT_LIMITED, value);
    case OPTION_NO_WAIT: return parse_wait(o, WAIT_NOT, NULL);
    case OPTION_QUIET: ferryi_message_set_quiet(true); break;
    case OPTION_HELP: return ferryi_arguments_print(help);
    default: return ferryi_arguments_print("ferry-producer " FERRY_VERSION_STRING "\n");
    }
    return FERRYI_ARGUMENTS_RUN;
}

/* A word that looks like "camera:0" and is no file is meant to be something else than a file; one
 * letter before the colon is a drive. */
static bool is_unknown_kind(const char *text) {
    size_t letters = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789");
    if (letters < 2 || text[letters] != ':' || ferryi_host_is_directory(text))
        return false;
    FILE *file = fopen(text, "rb");
    if (file == NULL)
        return true;
    fclose(file);
    return false;
}

static int check_sources(producer_options *o) {
    if (o->source_count == 0)
        return ferryi_message_usage(
            "there is no SOURCE: name image files, directories or a pattern");
    for (size_t i = 0; i < o->source_count; i++) {
        const char *text = o->sources[i];
        if (strncmp(text, PATTERN_PREFIX, strlen(PATTERN_PREFIX)) == 0) {
            o->is_pattern = true;
            if (!pattern_parse(text, &o->pattern))
                return FERRYI_EXIT_USAGE;
        } else if (is_unknown_kind(text)) {
            return ferryi_message_usage("unknown source \"%s\"; there are image files, directories "
                                        "and pattern:WxH[:FORMAT]",
                                        text);
        }
    }
    if (o->is_pattern && o->source_count > 1)
        return ferryi_message_usage("a pattern never ends, so it has to be the only SOURCE");
    return FERRYI_ARGUMENTS_RUN;
}

static int check_together(producer_options *o) {
    if (o->dialect == FERRY_DIALECT_BASEIMAGE && (o->slots != 0 || o->capacity_bytes != 0))
        return ferryi_message_usage("--dialect baseimage has one slot of %u bytes: it goes neither "
                                    "with --slots nor with --capacity",
                                    FERRY_DEFAULT_SLOT_BYTES);
    return check_sources(o);
}

int options_parse(producer_options *out, int count, char **arguments) {
    *out = (producer_options){.rate = {.frames = 30, .seconds = 1}};
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
    out->sources = arguments + optind;
    out->source_count = (size_t)(count - optind);
    int code = ferryi_arguments_choose_name(&out->name);
    return code != FERRYI_ARGUMENTS_RUN ? code : check_together(out);
}
