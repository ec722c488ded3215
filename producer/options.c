#include "options.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include <frameferry/frameferry.h>

#include "host/host.h"
#include "shared/arguments.h"
#include "shared/message.h"
#include "shared/text.h"

/* Frames have up to 2^31 - 1 bytes. */
#define CAPACITY_MAX_BYTES (UINT64_C(1) << 31)
#define ROW_ALIGN_MAX 4096
#define REQUESTS_MAX 8

/* The list of pixel formats comes between the two parts. */
static const char help[] =
    "Usage: ferry-producer [OPTION]... SOURCE...\n"
    "Send image frames through shared memory to the consumers of a channel.\n"
    "SOURCE: image files and directories; or one of these: pattern:WxH[:FORMAT]; film\n"
    "in YUV4MPEG2 (ffmpeg -f yuv4mpegpipe); - for such a film on standard input; old\n"
    "program from:DIALECT[:NAME]; http://HOST:8090/NAME, another machine's ferry-web.\n"
    "Channel:\n"
    "  -n, --name NAME          channel name (default: $FERRY_NAME, else BaseImage)\n"
    "  --slots N                number of slots, 2 to 64 (default: 8)\n"
    "  --max-held N             frames that a consumer may hold, 1 to slots - 2\n"
    "  --capacity SIZE          size of a slot in bytes, K, M, G (default: as needed)\n"
    "  --dialect DIALECT        send to old programs: baseimage, and see --help-ports\n"
    "  --adopt                  with --dialect: overwrite any memory of that name\n"
    "  --early                  show large frames early to consumers that ask for it\n"
    "  --group[=NAME]           admit a group (default: the effective group)\n"
    "  --everyone               admit all users, as containers with other users need\n"
    "Frames:\n"
    "  --fps N                  frames per second; 0: no pacing (default: SOURCE's)\n"
    "  --count N                stop after N frames\n"
    "  --loop                   start again after the last file\n"
    "  --skip-bad               exit with 0 although files were skipped\n"
    "  --raw WxH:FORMAT[,stride=N]  raw frames, rows N bytes apart, from one SOURCE\n"
    "  --no-auto-orient         do not turn photos upright\n"
    "  --format FORMAT          convert frames to one of these pixel formats:\n";

static const char more_help[] =
    "  --matrix MATRIX          YUV is bt601, bt709, bt2020 or auto (default)\n"
    "  --range RANGE            YUV is full, limited or auto (default)\n"
    "  --row-align N            start rows at multiples of N bytes: 1, 2, 4, ... 4096\n"
    "  --bottom-up              store the last row first, as Windows bitmaps do\n"
    "  --meta KEY=VALUE         add a note to each frame; may be repeated\n"
    "  --token-file FILE        the token that an http SOURCE wants to see\n"
    "  --cacert FILE            certificates that an https SOURCE is judged by\n"
    "  --requests N             ask an http SOURCE for N frames at once (default: 1)\n"
    "Consumers and output:\n"
    "  --launch COMMAND         start COMMAND when no consumer is attached\n"
    "  --wait-consumer SECONDS  stop if no consumer attaches within SECONDS\n"
    "  --no-wait                send without waiting for the first consumer\n"
    "  --linger SECONDS         with --dialect: keep the last message for SECONDS\n"
    "  --when-full wait|drop    when every slot is held (default: live SOURCEs drop)\n"
    "  --stall-limit SECONDS    evict one that stands still for SECONDS, or never\n"
    "  --json                   write events as JSON objects, one per line\n"
    "  --stats SECONDS          report rate, consumers and lag every SECONDS\n"
    "Other: -q, --quiet (warnings only)  -h, --help  --help-ports  -v, -V, --version\n"
    "Exit codes: 0 success, 1 failure, 2 wrong usage, 3 timeout.\n"
    "Example: ferry-producer --launch \"ferry-consumer --save out\" samples/images\n";

enum { HELP_INDENT = 27 };

static int print_help(void) {
    app_line text = APP_LINE_INIT;
    app_line_put_text(&text, help);
    app_text_put_formats(&text, HELP_INDENT);
    app_line_put_text(&text, more_help);
    app_line_put(&text, "", 1);
    int code = APP_EXIT_FAILED;
    if (text.is_cut)
        app_message_fail("out of memory");
    else
        code = app_arguments_print(text.text);
    app_line_free(&text);
    return code;
}

enum {
    OPTION_FPS = APP_OPTION_OWN,
    OPTION_LOOP,
    OPTION_SKIP_BAD,
    OPTION_RAW,
    OPTION_SLOTS,
    OPTION_MAX_HELD,
    OPTION_CAPACITY,
    OPTION_LINGER,
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
    OPTION_REQUESTS,
    OPTION_TOKEN_FILE,
    OPTION_CACERT,
};

static const struct option long_options[] = {
    APP_ARGUMENTS_COMMON,
    {"fps", required_argument, NULL, OPTION_FPS},
    {"loop", no_argument, NULL, OPTION_LOOP},
    {"skip-bad", no_argument, NULL, OPTION_SKIP_BAD},
    {"raw", required_argument, NULL, OPTION_RAW},
    {"slots", required_argument, NULL, OPTION_SLOTS},
    {"max-held", required_argument, NULL, OPTION_MAX_HELD},
    {"capacity", required_argument, NULL, OPTION_CAPACITY},
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
    {"linger", required_argument, NULL, OPTION_LINGER},
    {"requests", required_argument, NULL, OPTION_REQUESTS},
    {"token-file", required_argument, NULL, OPTION_TOKEN_FILE},
    {"cacert", required_argument, NULL, OPTION_CACERT},
    {NULL, 0, NULL, 0},
};

static int parse_slots(producer_options *o, const char *value) {
    uint64_t slots = 0;
    if (!app_parse_whole(value, 2, FERRY_MAX_SLOTS, &slots))
        return app_message_usage("--slots needs a whole number from 2 to %d, not \"%s\"",
                                 FERRY_MAX_SLOTS, value);
    o->slots = (uint32_t)slots;
    return APP_EXIT_NONE;
}

static int parse_max_held(producer_options *o, const char *value) {
    uint64_t frames = 0;
    if (!app_parse_whole(value, 1, FERRY_MAX_SLOTS - 2, &frames))
        return app_message_usage("--max-held needs a whole number from 1 to %d, not \"%s\"",
                                 FERRY_MAX_SLOTS - 2, value);
    o->max_held = (uint32_t)frames;
    return APP_EXIT_NONE;
}

static int parse_wait(producer_options *o, wait_choice choice, const char *value) {
    if (o->wait != WAIT_AS_SOURCE && o->wait != choice)
        return app_message_usage("--wait-consumer and --no-wait exclude each other");
    o->wait = choice;
    if (choice == WAIT_LIMITED && !app_parse_seconds(value, &o->wait_ns))
        return app_message_usage("--wait-consumer needs seconds, such as 10 or 0.5, not \"%s\"",
                                 value);
    return APP_EXIT_NONE;
}

static int parse_format(producer_options *o, const char *value) {
    o->form.format = app_text_find_format(value);
    if (o->form.format != 0)
        return APP_EXIT_NONE;
    char formats[APP_TEXT_FORMATS_BYTES];
    app_text_formats(formats);
    return app_message_usage("--format: unknown pixel format \"%s\"; there are %s", value, formats);
}

static int parse_row_align(producer_options *o, const char *value) {
    uint64_t bytes = 0;
    if (!app_parse_whole(value, 1, ROW_ALIGN_MAX, &bytes) || (bytes & (bytes - 1)) != 0)
        return app_message_usage("--row-align needs a power of two from 1 to %d, not \"%s\"",
                                 ROW_ALIGN_MAX, value);
    o->form.row_align_bytes = (uint32_t)bytes;
    return APP_EXIT_NONE;
}

static int parse_meta(producer_options *o, const char *value) {
    char key[FERRY_METADATA_MAX];
    ferry_error error;
    size_t bytes = strcspn(value, "=");
    if (value[bytes] == '\0')
        return app_message_usage("--meta needs KEY=VALUE, such as camera=left, not \"%s\"", value);
    if (bytes >= sizeof key)
        return app_message_usage("--meta \"%s\": notes are limited to %d bytes in total", value,
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
        return app_message_usage("--when-full needs wait or drop, not \"%s\"", value);
    return APP_EXIT_NONE;
}

static int parse_stall_limit(producer_options *o, const char *value) {
    o->has_stall_limit = true;
    o->stall_limit_ns = FERRY_FOREVER;
    if (strcmp(value, "never") != 0 &&
        (!app_parse_seconds(value, &o->stall_limit_ns) || o->stall_limit_ns == 0))
        return app_message_usage(
            "--stall-limit needs seconds above 0, such as 2 or 0.5, or never, not \"%s\"", value);
    return APP_EXIT_NONE;
}

/* Options that go with an address. */
static int parse_http(producer_options *o, int option, const char *value) {
    http_choice *http = &o->http;
    uint64_t requests = 0;
    const char *name = option == OPTION_REQUESTS     ? "--requests"
                       : option == OPTION_TOKEN_FILE ? "--token-file"
                                                     : "--cacert";
    if (http->first == NULL)
        http->first = name;
    if (*value == '\0')
        return app_message_usage("%s needs a %s", name,
                                 option == OPTION_REQUESTS ? "number" : "file");
    if (option == OPTION_TOKEN_FILE)
        http->token_file = value;
    else if (option == OPTION_CACERT)
        http->authority = value;
    else if (app_parse_whole(value, 1, REQUESTS_MAX, &requests))
        http->requests = (unsigned)requests;
    else
        return app_message_usage("--requests needs a whole number from 1 to %d, not \"%s\"",
                                 REQUESTS_MAX, value);
    return APP_EXIT_NONE;
}

/* Options with a value that is a number. */
static int parse_number(producer_options *o, int option, const char *value) {
    switch (option) {
    case OPTION_FPS:
        if (!app_parse_rate(value, &o->rate))
            return app_message_usage(
                "--fps needs frames a second, such as 30, 29.97 or 30000/1001, not \"%s\"", value);
        o->has_rate = true;
        break;
    default:
        if (!app_parse_size(value, &o->capacity_bytes) || o->capacity_bytes <= FERRY_HEADER_BYTES ||
            o->capacity_bytes > CAPACITY_MAX_BYTES)
            return app_message_usage(
                "--capacity needs a size from %d bytes to 2G, such as " APP_SIZES ", not \"%s\"",
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
    case OPTION_MAX_HELD: return parse_max_held(o, value);
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
            return app_message_usage("--launch needs a command");
        o->launch = value;
        break;
    case OPTION_WAIT: return parse_wait(o, WAIT_LIMITED, value);
    case OPTION_NO_WAIT: return parse_wait(o, WAIT_NOT, NULL);
    case OPTION_LINGER:
        o->has_linger = true;
        if (!app_parse_seconds(value, &o->linger_ns))
            return app_message_usage("--linger needs seconds, such as 20 or 0.5, not \"%s\"",
                                     value);
        break;
    case OPTION_REQUESTS:
    case OPTION_TOKEN_FILE:
    case OPTION_CACERT: return parse_http(o, option, value);
    case APP_OPTION_HELP: return print_help();
    default: return app_arguments_take(&o->common, option, value, NULL, "ferry-producer");
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
    int code = options_check_port(out);
    if (code == APP_EXIT_NONE)
        code = options_check_http(out);
    if (code == APP_EXIT_NONE && !out->is_port)
        code = app_arguments_choose_name(&out->common.name);
    return code != APP_EXIT_NONE ? code : options_check(out);
}
