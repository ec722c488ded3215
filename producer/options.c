#include "options.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "host/host.h"
#include <frameferry/frameferry.h>

#include "shared/arguments.h"
#include "shared/message.h"
#include "shared/text.h"

/* Frames have up to 2^31 - 1 bytes. */
#define CAPACITY_MAX_BYTES (UINT64_C(1) << 31)
#define ROW_ALIGN_MAX 4096

static const char help[] =
    "Usage: ferry-producer [OPTION]... SOURCE...\n"
    "Sends image frames through shared memory to the consumers of a channel.\n"
    "SOURCE: image files and directories of them, one pattern:WxH[:FORMAT], one film\n"
    "in YUV4MPEG2, as ffmpeg -f yuv4mpegpipe writes it, or - for one that comes from\n"
    "standard input; or see --raw.\n"
    "Channel:\n"
    "  -n, --name NAME          channel (default: $FERRY_NAME, else BaseImage)\n"
    "  --slots N                frames that it holds, 2 to 64 (default: 8)\n"
    "  --capacity SIZE          largest frame in bytes, K, M, G (default: as needed)\n"
    "  --dialect baseimage      one slot, for programs that know only that layout\n"
    "  --adopt                  with it: use memory of that name whatever it holds\n"
    "  --early                  show large frames while they are copied, to consumers\n"
    "                           that follow\n"
    "  --group[=NAME]           open to a group too (default: the effective one)\n"
    "  --everyone               open to all users, as for containers with other users\n"
    "Frames:\n"
    "  --fps N                  frames a second, such as 30 or 30000/1001; 0: no pace\n"
    "                           (default: the pace of the source, else 30)\n"
    "  --count N                end after N frames\n"
    "  --loop                   begin again after the last file\n"
    "  --skip-bad               exit with 0 although files had to be skipped\n"
    "  --raw WxH:FORMAT[,stride=N]  the one SOURCE, such as -, has frames like that,\n"
    "                           1280x720:bgr24 for one; rows begin N bytes apart\n"
    "  --no-auto-orient         leave photos that lie on their side as they are\n"
    "  --format FORMAT          send as gray gray16le bgr24 rgb24 bgra rgba yuyv422\n"
    "                           nv12 yuv420p rgb565le or rgb48le\n"
    "  --matrix MATRIX          YUV is, or becomes, bt601, bt709 or bt2020, and\n"
    "  --range RANGE            full or limited (default: auto, what the source says)\n"
    "  --row-align N            begin rows at multiples of N bytes: 1, 2, 4, ... 4096\n"
    "  --bottom-up              store the last row first, as Windows bitmaps do\n"
    "  --meta KEY=VALUE         a note that goes with each frame; may be repeated\n"
    "Consumers:\n"
    "  --launch COMMAND         start COMMAND when no consumer is attached\n"
    "  --wait-consumer SECONDS  wait so long for the first consumer\n"
    "  --no-wait                send whether or not a consumer is attached\n"
    "  --when-full wait|drop    when consumers are slow (default: drop for a pattern\n"
    "                           with a pace, else wait)\n"
    "  --stall-limit SECONDS    go on without who stands still for so long, or never\n"
    "                           (default: 2 when dropping, 10 for standard input,\n"
    "                           else never)\n"
    "Output:\n"
    "  --json                   write what happens as objects, one a line\n"
    "  --stats SECONDS          say rate, consumers and lag each so many seconds\n"
    "Other: -q, --quiet (all but warnings and errors)  -h, --help  -v, -V, --version\n"
    "Exit codes: 0 fine, 1 failed, 2 wrong usage, 3 timed out.\n"
    "Example, which saves 24 pictures that went through shared memory:\n"
    "  ferry-producer --launch \"ferry-consumer --save out\" samples/images\n";

enum {
    OPTION_FPS = APP_OPTION_OWN,
    OPTION_LOOP,
    OPTION_SKIP_BAD,
    OPTION_RAW,
    OPTION_SLOTS,
    OPTION_CAPACITY,
    OPTION_DIALECT,
    OPTION_ADOPT,
    OPTION_EARLY,
    OPTION_NO_AUTO_ORIENT,
    OPTION_FORMAT,
    OPTION_ROW_ALIGN,
    OPTION_BOTTOM_UP,
    OPTION_META,
    OPTION_WHEN_FULL,
    OPTION_STALL_LIMIT,
    OPTION_LAUNCH,
    OPTION_WAIT,
    OPTION_NO_WAIT,
};

static const struct option long_options[] = {
    APP_ARGUMENTS_COMMON,
    {"fps", required_argument, NULL, OPTION_FPS},
    {"loop", no_argument, NULL, OPTION_LOOP},
    {"skip-bad", no_argument, NULL, OPTION_SKIP_BAD},
    {"raw", required_argument, NULL, OPTION_RAW},
    {"slots", required_argument, NULL, OPTION_SLOTS},
    {"capacity", required_argument, NULL, OPTION_CAPACITY},
    {"dialect", required_argument, NULL, OPTION_DIALECT},
    {"adopt", no_argument, NULL, OPTION_ADOPT},
    {"early", no_argument, NULL, OPTION_EARLY},
    {"no-auto-orient", no_argument, NULL, OPTION_NO_AUTO_ORIENT},
    {"format", required_argument, NULL, OPTION_FORMAT},
    {"row-align", required_argument, NULL, OPTION_ROW_ALIGN},
    {"bottom-up", no_argument, NULL, OPTION_BOTTOM_UP},
    {"meta", required_argument, NULL, OPTION_META},
    {"when-full", required_argument, NULL, OPTION_WHEN_FULL},
    {"stall-limit", required_argument, NULL, OPTION_STALL_LIMIT},
    {"launch", required_argument, NULL, OPTION_LAUNCH},
    {"wait-consumer", required_argument, NULL, OPTION_WAIT},
    {"no-wait", no_argument, NULL, OPTION_NO_WAIT},
    {NULL, 0, NULL, 0},
};

static int parse_slots(producer_options *o, const char *value) {
    uint64_t slots = 0;
    if (!app_parse_whole(value, 2, FERRY_MAX_SLOTS, &slots))
        return app_message_usage("--slots wants a whole number from 2 to %d, not \"%s\"",
                                 FERRY_MAX_SLOTS, value);
    o->slots = (uint32_t)slots;
    return APP_EXIT_NONE;
}

static int parse_dialect(producer_options *o, const char *value) {
    if (strcmp(value, "baseimage") != 0)
        return app_message_usage("unknown dialect \"%s\"; there is baseimage", value);
    o->form.dialect = FERRY_DIALECT_BASEIMAGE;
    return APP_EXIT_NONE;
}

static int parse_wait(producer_options *o, wait_choice choice, const char *value) {
    if (o->wait != WAIT_AS_SOURCE && o->wait != choice)
        return app_message_usage("--wait-consumer and --no-wait exclude each other");
    o->wait = choice;
    if (choice == WAIT_LIMITED && !app_parse_seconds(value, &o->wait_ns))
        return app_message_usage("--wait-consumer wants seconds, such as 10 or 0.5, not \"%s\"",
                                 value);
    return APP_EXIT_NONE;
}

static int parse_format(producer_options *o, const char *value) {
    o->form.format = ferry_format_from_name(value);
    if (o->form.format != 0)
        return APP_EXIT_NONE;
    char formats[APP_TEXT_FORMATS_BYTES];
    app_text_formats(formats);
    return app_message_usage("--format: unknown pixel format \"%s\"; there are %s", value, formats);
}

static int parse_row_align(producer_options *o, const char *value) {
    uint64_t bytes = 0;
    if (!app_parse_whole(value, 1, ROW_ALIGN_MAX, &bytes) || (bytes & (bytes - 1)) != 0)
        return app_message_usage("--row-align wants a power of two from 1 to %d, not \"%s\"",
                                 ROW_ALIGN_MAX, value);
    o->form.row_align_bytes = (uint32_t)bytes;
    return APP_EXIT_NONE;
}

static int parse_meta(producer_options *o, const char *value) {
    char key[FERRY_METADATA_MAX];
    ferry_error error;
    size_t bytes = strcspn(value, "=");
    if (value[bytes] == '\0')
        return app_message_usage("--meta wants KEY=VALUE, such as camera=left, not \"%s\"", value);
    if (bytes >= sizeof key)
        return app_message_usage("--meta \"%s\": notes may have %d bytes in all", value,
                                 FERRY_METADATA_MAX);
    memcpy(key, value, bytes);
    key[bytes] = '\0';
    if (ferry_notes_add(&o->notes, key, value + bytes + 1, &error) == FERRY_OK)
        return APP_EXIT_NONE;
    return app_message_usage("--meta \"%s\": %s", value, error.message);
}

static int parse_when_full(producer_options *o, const char *value) {
    if (strcmp(value, "wait") == 0)
        o->when_full = FULL_WAIT;
    else if (strcmp(value, "drop") == 0)
        o->when_full = FULL_DROP;
    else
        return app_message_usage("--when-full wants wait or drop, not \"%s\"", value);
    return APP_EXIT_NONE;
}

static int parse_stall_limit(producer_options *o, const char *value) {
    o->has_stall_limit = true;
    o->stall_limit_ns = FERRY_FOREVER;
    if (strcmp(value, "never") != 0 &&
        (!app_parse_seconds(value, &o->stall_limit_ns) || o->stall_limit_ns == 0))
        return app_message_usage("--stall-limit wants seconds above 0, such as 2 or 0.5, or "
                                 "never, not \"%s\"",
                                 value);
    return APP_EXIT_NONE;
}

/* Options with a value that is a number. */
static int parse_number(producer_options *o, int option, const char *value) {
    switch (option) {
    case OPTION_FPS:
        if (!app_parse_rate(value, &o->rate))
            return app_message_usage(
                "--fps wants frames a second, such as 30, 29.97 or 30000/1001, not \"%s\"", value);
        o->has_rate = true;
        break;
    default:
        if (!app_parse_size(value, &o->capacity_bytes) || o->capacity_bytes <= FERRY_HEADER_BYTES ||
            o->capacity_bytes > CAPACITY_MAX_BYTES)
            return app_message_usage(
                "--capacity wants a size from %d bytes to 2G, such as " APP_SIZES ", not \"%s\"",
                FERRY_HEADER_BYTES + 1, value);
        break;
    }
    return APP_EXIT_NONE;
}

static int parse_option(producer_options *o, int option, const char *value) {
    switch (option) {
    case OPTION_FPS:
    case OPTION_CAPACITY: return parse_number(o, option, value);
    case OPTION_LOOP: o->loop = true; break;
    case OPTION_SKIP_BAD: o->skips_bad = true; break;
    case OPTION_RAW: return raw_parse(value, &o->stream) ? APP_EXIT_NONE : APP_EXIT_USAGE;
    case OPTION_SLOTS: return parse_slots(o, value);
    case OPTION_DIALECT: return parse_dialect(o, value);
    case OPTION_ADOPT: o->adopts = true; break;
    case OPTION_EARLY: o->shows_early = true; break;
    case OPTION_NO_AUTO_ORIENT: o->as_stored = true; break;
    case OPTION_FORMAT: return parse_format(o, value);
    case OPTION_ROW_ALIGN: return parse_row_align(o, value);
    case OPTION_BOTTOM_UP: o->form.is_bottom_up = true; break;
    case OPTION_META: return parse_meta(o, value);
    case OPTION_WHEN_FULL: return parse_when_full(o, value);
    case OPTION_STALL_LIMIT: return parse_stall_limit(o, value);
    case OPTION_LAUNCH:
        if (*value == '\0')
            return app_message_usage("--launch wants a command");
        o->launch = value;
        break;
    case OPTION_WAIT: return parse_wait(o, WAIT_LIMITED, value);
    case OPTION_NO_WAIT: return parse_wait(o, WAIT_NOT, NULL);
    default: return app_arguments_take(&o->common, option, value, help, "ferry-producer");
    }
    return APP_EXIT_NONE;
}

int options_parse(producer_options *out, int count, char **arguments) {
    *out = (producer_options){.rate = {.seconds = 1}};
    app_arguments_begin();
    int option;
    while ((option = app_arguments_next(count, arguments, long_options)) != APP_ARGUMENTS_END) {
        if (option == APP_ARGUMENTS_WRONG)
            return APP_EXIT_USAGE;
        int code = parse_option(out, option, optarg);
        if (code != APP_EXIT_NONE)
            return code;
    }
    for (int i = optind; i < count; i++)
        if (!host_exists(arguments[i]) &&
            app_arguments_check_dashes(arguments[i], long_options) != APP_EXIT_NONE)
            return APP_EXIT_USAGE;
    out->sources = arguments + optind;
    out->source_count = (size_t)(count - optind);
    out->form.yuv = out->common.yuv;
    out->has_name = out->common.name != NULL;
    int code = app_arguments_choose_name(&out->common.name);
    return code != APP_EXIT_NONE ? code : options_check(out);
}
