#include "options.h"

#include <getopt.h>
#include <string.h>

#include <frameferry/frameferry.h>
#include <frameferry/image.h>

#include "host/host.h"
#include "host/inside.h"
#include "shared/arguments.h"
#include "shared/meant.h"
#include "shared/message.h"
#include "shared/parse.h"
#include "shared/saver.h"
#include "shared/text.h"

static const char help[] =
    "Usage: ferry-consumer [OPTION]...\n"
    "Receive image frames from the producer of a channel through shared memory.\n"
    "Channel:\n"
    "  -n, --name NAME    channel name (default: $FERRY_NAME, else BaseImage)\n"
    "  --latest           newest frame each time (default without --save, --write)\n"
    "  --every[=N|all]    receive every frame; with N, skip when more than N behind\n"
    "                     (default: all, or slots - 2 where the producer drops)\n"
    "  --group[=NAME]     accept a group's channel (default: any group of yours)\n"
    "  --everyone         accept any user's channel, as some containers need\n"
    "  --reconnect        wait for the next producer when one ends or dies\n"
    "  --bare-16bit FORMAT  16-bit frames of a sender that knows only the BaseImage\n"
    "                     layout are gray16le (default) or rgb565le\n"
    "  --bare-format FORMAT  its frames with FORMAT's bit count are FORMAT\n"
    "  --bare-images      it puts a count in front of several images\n"
    "  --bare-bottom-up   it stores the last row first\n"
    "  --matrix MATRIX    YUV is bt601, bt709, bt2020 or auto (default)\n"
    "  --range RANGE      YUV is full, limited or auto (default)\n"
    "  --dialect DIALECT  receive from an old program, not a channel: --help-ports\n"
    "When to stop, besides the end of the stream:\n"
    "  --wait SECONDS     stop if there is no producer for SECONDS (default: wait)\n"
    "  --timeout SECONDS  stop if no frame arrives for SECONDS (default: wait)\n"
    "  --count N          stop after N frames\n"
    "Saving:\n"
    "  --save DIR         save DIR/NAME-000001.png and so on; create DIR if needed;\n"
    "                     implies --every unless --latest is given\n"
    "  --save PATTERN     save to a pattern such as out/{name}-{frame}.jpg ({time};\n"
    "                     png, jpg, bmp, tga, raw); without {frame} and {time}, keep\n"
    "                     the newest frame in one file that is complete at any time\n"
    "  --overwrite        replace existing files (default: number after them)\n"
    "  --jobs N           save up to N frames at once (default: one per core)\n"
    "One stream of all frames:\n"
    "  --write PLACE      write it to a file, a FIFO, or - for standard output;\n"
    "                     implies --every; ends when nobody reads it any more\n"
    "  --as KIND          y4m (default), raw or mjpeg\n"
    "  --format FORMAT    convert frames to FORMAT, such as yuv420p\n"
    "  --scale first      give later frames the size and format of the first\n"
    "  --fps RATE         frame rate that y4m says (default: the frames' own)\n"
    "Output:\n"
    "  --exec COMMAND     run COMMAND for each frame, with its pixels as input\n"
    "  --exec-timeout SECONDS  stop a command that takes longer\n"
    "  --to DIALECT[:NAME]  hand each frame to an old program: see --help-ports\n"
    "  --json             write frames and events as JSON objects, one per line\n"
    "  --print            write a line of text for each frame\n"
    "  --stats SECONDS    report rate, latency, skips and lag every SECONDS\n"
    "Other: -q, --quiet (warnings only)  -h, --help  --help-ports  -v, -V, --version\n"
    "Exit codes: 0 success, 1 failure, 2 wrong usage, 3 timeout.\n"
    "Example: ferry-consumer --name camera --write - | ffplay -\n";

enum {
    OPTION_LATEST = APP_OPTION_OWN,
    OPTION_EVERY,
    OPTION_RECONNECT,
    OPTION_BARE_16BIT,
    OPTION_BARE_FORMAT,
    OPTION_BARE_IMAGES,
    OPTION_BARE_BOTTOM_UP,
    OPTION_WAIT,
    OPTION_TIMEOUT,
    OPTION_SAVE,
    OPTION_OVERWRITE,
    OPTION_JOBS,
    OPTION_WRITE,
    OPTION_AS,
    OPTION_FORMAT,
    OPTION_SCALE,
    OPTION_FPS,
    OPTION_EXEC,
    OPTION_EXEC_TIMEOUT,
    OPTION_PRINT,
    OPTION_TO,
};

static const struct option long_options[] = {
    APP_ARGUMENTS_COMMON,
    {"latest", no_argument, NULL, OPTION_LATEST},
    {"every", optional_argument, NULL, OPTION_EVERY},
    {"reconnect", no_argument, NULL, OPTION_RECONNECT},
    {"bare-16bit", required_argument, NULL, OPTION_BARE_16BIT},
    {"bare-format", required_argument, NULL, OPTION_BARE_FORMAT},
    {"bare-images", no_argument, NULL, OPTION_BARE_IMAGES},
    {"bare-bottom-up", no_argument, NULL, OPTION_BARE_BOTTOM_UP},
    {"wait", required_argument, NULL, OPTION_WAIT},
    {"timeout", required_argument, NULL, OPTION_TIMEOUT},
    {"save", required_argument, NULL, OPTION_SAVE},
    {"overwrite", no_argument, NULL, OPTION_OVERWRITE},
    {"jobs", required_argument, NULL, OPTION_JOBS},
    {"write", required_argument, NULL, OPTION_WRITE},
    {"as", required_argument, NULL, OPTION_AS},
    {"format", required_argument, NULL, OPTION_FORMAT},
    {"scale", required_argument, NULL, OPTION_SCALE},
    {"fps", required_argument, NULL, OPTION_FPS},
    {"exec", required_argument, NULL, OPTION_EXEC},
    {"exec-timeout", required_argument, NULL, OPTION_EXEC_TIMEOUT},
    {"print", no_argument, NULL, OPTION_PRINT},
    {"to", required_argument, NULL, OPTION_TO},
    {NULL, 0, NULL, 0},
};

static int choose_delivery(consumer_options *o, delivery_choice choice) {
    if (o->delivery != DELIVERY_AS_FITS && o->delivery != choice)
        return app_message_usage("--latest and --every exclude each other");
    o->delivery = choice;
    return APP_EXIT_NONE;
}

/* Without a value, the channel decides how far behind this one may be. */
static int parse_every(consumer_options *o, const char *value) {
    uint64_t lag = FERRY_MAX_LAG_AS_CHANNEL;
    if (value != NULL && strcmp(value, "all") == 0)
        lag = 0;
    else if (value != NULL && !app_parse_whole(value, 1, FERRY_MAX_SLOTS, &lag))
        return app_message_usage(
            "--every needs no value, all, or the largest lag in frames, 1 to %d, not \"%s\"",
            FERRY_MAX_SLOTS, value);
    o->max_lag = (uint32_t)lag;
    return choose_delivery(o, DELIVERY_EVERY);
}

static int choose_lines(consumer_options *o, bool *choice) {
    *choice = true;
    if (o->common.json && o->print)
        return app_message_usage("--json and --print exclude each other");
    return APP_EXIT_NONE;
}

static int parse_seconds(const char *option, const char *value, int64_t *out) {
    if (!app_parse_seconds(value, out))
        return app_message_usage("%s needs seconds, such as 10 or 0.5, not \"%s\"", option, value);
    return APP_EXIT_NONE;
}

static int parse_bare_16bit(const char *value, uint32_t *out) {
    *out = ferry_format_from_name(value);
    if (*out != FERRY_FORMAT_GRAY16LE && *out != FERRY_FORMAT_RGB565LE)
        return app_message_usage("--bare-16bit needs gray16le or rgb565le, not \"%s\"", value);
    return APP_EXIT_NONE;
}

static int parse_bare_format(const char *value, uint32_t *out) {
    char formats[APP_TEXT_FORMATS_BYTES];
    *out = app_text_find_format(value);
    if (*out != 0)
        return APP_EXIT_NONE;
    app_text_formats(formats);
    return app_message_usage("--bare-format: unknown pixel format \"%s\"; there are %s", value,
                             formats);
}

static int parse_jobs(const char *value, unsigned *out) {
    uint64_t jobs;
    if (!app_parse_whole(value, 1, APP_SAVER_JOBS_MAX, &jobs))
        return app_message_usage("--jobs needs a whole number from 1 to %d, not \"%s\"",
                                 APP_SAVER_JOBS_MAX, value);
    *out = (unsigned)jobs;
    return APP_EXIT_NONE;
}

/* Refuses a place that is there already and can hold no pictures. */
static int check_place(const app_save_pattern *p) {
    host_file_kind kind = host_kind_of_file(p->text);
    if (!p->is_directory || kind == HOST_FILE_NONE || kind == HOST_FILE_DIRECTORY)
        return APP_EXIT_NONE;
    if (kind == HOST_FILE_REGULAR)
        return app_message_usage("--save: \"%s\" exists and is not a directory: give a directory, "
                                 "or a file that ends in one of " APP_SAVE_KINDS,
                                 p->text);
    return app_message_usage("--save: \"%s\" is neither a directory nor a file: --write %s writes "
                             "one stream of all frames there",
                             p->text, p->text);
}

static int parse_save(consumer_options *o, const char *value) {
    app_save_pattern *p = &o->save;
    o->saves = true;
    if (strcmp(value, "-") == 0)
        return app_message_usage(
            "--save - does not write to standard output: --write - writes one stream of all frames "
            "there; write ./- for a directory of that name");
    switch (app_save_pattern_parse(p, value)) {
    case APP_SAVE_FINE: return check_place(p);
    case APP_SAVE_EMPTY:
        return app_message_usage("--save needs a directory, or a pattern such as %s",
                                 APP_SAVE_EXAMPLE);
    case APP_SAVE_UNCLOSED_BRACE:
        return app_message_usage("--save: \"{%s\" lacks its closing \"}\"; write {{ for a brace",
                                 p->wrong);
    case APP_SAVE_UNKNOWN_PLACEHOLDER:
        return app_message_usage(
            "--save: unknown placeholder {%.*s}; there are %s, and {{ for a brace",
            (int)p->wrong_bytes, p->wrong, APP_SAVE_PLACEHOLDERS);
    case APP_SAVE_OTHER_KIND:
        if (host_is_directory(value)) /* made on purpose */
            return APP_EXIT_NONE;
        return app_message_usage(
            "--save: a file \"%s\" cannot be written, since its ending is none of " APP_SAVE_KINDS
            "; for a directory of that name, write \"%s/\"",
            value, value);
    case APP_SAVE_OTHER_NUMBER:
        if (host_exists(value)) /* made on purpose */
            return check_place(p);
        return app_message_usage("--save: %.*s is not a placeholder here: write {frame} for the "
                                 "number, or {time}, as in " APP_SAVE_EXAMPLE,
                                 (int)p->wrong_bytes, p->wrong);
    default:
        return app_message_usage(
            "--save: a pattern must end in one of " APP_SAVE_KINDS ", and \"%s\" does not", value);
    }
}

static int parse_exec(consumer_options *o, const char *value) {
    if (*value == '\0')
        return app_message_usage("--exec needs a command");
    o->exec = value;
    return APP_EXIT_NONE;
}

static int parse_option(consumer_options *o, int option, const char *value) {
    switch (option) {
    case OPTION_LATEST: return choose_delivery(o, DELIVERY_LATEST);
    case OPTION_EVERY: return parse_every(o, value);
    case OPTION_RECONNECT: o->reconnect = true; break;
    case OPTION_BARE_16BIT: return parse_bare_16bit(value, &o->bare_16bit_format);
    case OPTION_BARE_FORMAT: return parse_bare_format(value, &o->bare_format);
    case OPTION_BARE_IMAGES: o->bare_images = true; break;
    case OPTION_BARE_BOTTOM_UP: o->bare_bottom_up = true; break;
    case OPTION_WAIT: return parse_seconds("--wait", value, &o->wait_ns);
    case OPTION_TIMEOUT: return parse_seconds("--timeout", value, &o->timeout_ns);
    case OPTION_SAVE: return parse_save(o, value);
    case OPTION_OVERWRITE: o->overwrite = true; break;
    case OPTION_JOBS: return parse_jobs(value, &o->jobs);
    case OPTION_WRITE: return options_write_place(&o->write, value);
    case OPTION_AS: return options_write_as(&o->write, value);
    case OPTION_FORMAT: return options_write_format(&o->write, value);
    case OPTION_SCALE: return options_write_scale(&o->write, value);
    case OPTION_FPS: return options_write_rate(&o->write, value);
    case OPTION_EXEC: return parse_exec(o, value);
    case OPTION_EXEC_TIMEOUT: return parse_seconds("--exec-timeout", value, &o->exec_timeout_ns);
    case APP_OPTION_JSON: return choose_lines(o, &o->common.json);
    case OPTION_PRINT: return choose_lines(o, &o->print);
    case OPTION_TO: return app_port_take_end(&o->to, "--to ", value);
    default: return app_arguments_take(&o->common, option, value, help, "ferry-consumer");
    }
    return APP_EXIT_NONE;
}

/* Checks that need the whole command line. */
static int check_together(consumer_options *o) {
    int code = options_check_port(o);
    if (code == APP_EXIT_NONE)
        code = options_check_write(o);
    if (code != APP_EXIT_NONE)
        return code;
    if (o->exec == NULL && o->exec_timeout_ns != FERRY_FOREVER)
        return app_message_usage("--exec-timeout needs --exec");
    if (!o->saves && o->write.place == NULL && o->overwrite)
        return app_message_usage("--overwrite needs --save or --write");
    if (!o->saves && o->jobs != 0)
        return app_message_usage("--jobs needs --save");
    if (o->bare_16bit_format != 0 && o->bare_16bit_format != o->bare_format &&
        ferry_format_bit_count(o->bare_format) == ferry_format_bit_count(o->bare_16bit_format))
        return app_message_usage("--bare-16bit and --bare-format say different things about frames "
                                 "of 16 bits: leave one of them out");
    app_share_warn(&o->common.share, "frames are accepted from any user of this machine");
    unsigned cores = host_core_count();
    if (o->jobs == 0)
        o->jobs = cores < APP_SAVER_JOBS_MAX ? cores : APP_SAVER_JOBS_MAX;
    return o->from != NULL ? APP_EXIT_NONE : app_arguments_choose_name(&o->common.name);
}

static bool is_path(const char *word) {
    for (const char *c = word; *c != '\0'; c++)
        if (host_is_separator(*c))
            return true;
    return ferry_image_can_save(word);
}

/* A word that stands by itself, and what it may have been meant for. */
static int refuse_word(const consumer_options *o, const char *word) {
    uint64_t lag = 0;
    if (app_arguments_check_dashes(word, long_options) != APP_EXIT_NONE)
        return APP_EXIT_USAGE;
    if (app_meant_find(word, long_options) != NULL)
        return app_message_usage("\"%s\" is not an option: did you mean --%s?", word, word);
    /* getopt_long takes a value that may be left out only with a '='. */
    if (o->delivery == DELIVERY_EVERY && o->max_lag == FERRY_MAX_LAG_AS_CHANNEL &&
        (strcmp(word, "all") == 0 || app_parse_whole(word, 1, FERRY_MAX_SLOTS, &lag)))
        return app_message_usage("\"%s\" is not an option: did you mean --every=%s?", word, word);
    if (app_share_may_mean(&o->common.share, word))
        return app_message_usage("\"%s\" is not an option: did you mean --group=%s, or --name %s?",
                                 word, word, word);
    if (options_names_stream(word) && o->write.place == NULL)
        return app_message_usage("\"%s\" is not an option: did you mean --write %s?", word, word);
    if (is_path(word) && !o->saves)
        return app_message_usage("\"%s\" is not an option: did you mean --save %s?", word, word);
    if (word[0] != '-' && o->common.name == NULL && ferry_name_check(word, NULL) == FERRY_OK)
        return app_message_usage("\"%s\" is not an option: did you mean --name %s?", word, word);
    return app_message_usage("unexpected argument \"%s\": this program takes options only", word);
}

int options_parse(consumer_options *out, int count, char **arguments) {
    *out = (consumer_options){.wait_ns = FERRY_FOREVER,
                              .timeout_ns = FERRY_FOREVER,
                              .exec_timeout_ns = FERRY_FOREVER,
                              .max_lag = FERRY_MAX_LAG_AS_CHANNEL};
    app_arguments_begin();
    int option;
    while ((option = app_arguments_next(count, arguments, long_options)) != APP_ARGUMENTS_END) {
        if (option == APP_ARGUMENTS_WRONG)
            return APP_EXIT_USAGE;
        int code = parse_option(out, option, optarg);
        if (code != APP_EXIT_NONE)
            return code;
    }
    if (optind < count)
        return refuse_word(out, arguments[optind]);
    return check_together(out);
}
