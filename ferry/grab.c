/* ferry grab: the newest frame as a picture file. */
#include "verbs.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <frameferry/frameferry.h>
#include <frameferry/image.h>

#include "host/host.h"
#include "missing.h"
#include "options.h"
#include "shared/describe.h"
#include "shared/human.h"
#include "shared/json.h"
#include "shared/message.h"
#include "shared/near.h"
#include "shared/output.h"
#include "shared/save_path.h"
#include "shared/wall.h"

static const char help[] =
    "Usage: ferry grab [OPTION]... [CHANNEL [FILE]]\n"
    "Save the newest frame of a channel, whole, without being one of its consumers.\n"
    "FILE ends in png, jpg, jpeg, bmp, tga or raw, or is a directory, or - for\n"
    "standard output (default: CHANNEL-000123.png, with the number of the frame).\n"
    "  -n, --name NAME    the channel (default: $FERRY_NAME, else BaseImage)\n"
    "  --as KIND          png (default), jpg, bmp, tga or raw, where no FILE says it\n"
    "  --overwrite        replace a file that is there\n"
    "  --wait SECONDS     wait for the channel, and for its first frame\n"
    "  --json             write an object that describes the frame\n"
    "Other: -h, --help  -v, -V, --version\n"
    "Exit codes: 0 success, 1 failure, 2 wrong usage, 3 there is no such channel or\n"
    "frame, also after --wait.\n";

enum {
    OPTION_AS = APP_OPTION_OWN,
    OPTION_OVERWRITE,
    OPTION_WAIT,
};

static const struct option long_options[] = {
    OPTIONS_OF_ALL,
    OPTIONS_OF_CHANNEL,
    {"as", required_argument, NULL, OPTION_AS},
    {"overwrite", no_argument, NULL, OPTION_OVERWRITE},
    {"wait", required_argument, NULL, OPTION_WAIT},
    {NULL, 0, NULL, 0},
};
static const app_arguments_letter letters[] = {OPTIONS_LETTERS, OPTIONS_LETTERS_OF_CHANNEL,
                                               OPTIONS_LETTERS_END};

/* Between two looks at a channel that is waited for, and for how long a frame that is always
 * overwritten is tried again. */
#define LOOK_NS (FERRY_SECOND_NS / 50)
#define TRY_NS ((uint64_t)FERRY_SECOND_NS)

enum { PATH_BYTES = 4352 };

typedef struct grab {
    const char *channel;
    const char *file; /* NULL: named after the channel and the frame */
    const char *as;   /* NULL: not given */
    bool overwrite;
    bool json;
    bool waits;
    int64_t wait_ns;
    ferry_image image;
} grab;

/* ---- the command line ---- */

static const char *const kinds[] = {"png", "jpg", "jpeg", "bmp", "tga", "raw"};

static int take_kind(grab *g, const char *value) {
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (app_near_distance(kinds[i], value) == 0) {
            g->as = kinds[i];
            return APP_EXIT_NONE;
        }
    return app_message_usage("--as needs png, jpg, bmp, tga or raw, not \"%s\"", value);
}

static int take(void *argument, int option, const char *value) {
    grab *g = argument;
    switch (option) {
    case OPTION_AS: return take_kind(g, value);
    case OPTION_OVERWRITE: g->overwrite = true; break;
    case OPTION_WAIT:
        g->waits = true;
        return options_parse_seconds("--wait", value, 0, &g->wait_ns);
    default: break;
    }
    return APP_EXIT_NONE;
}

static bool is_to_output(const grab *g) {
    return g->file != NULL && strcmp(g->file, "-") == 0;
}

static int check_file(const grab *g) {
    if (is_to_output(g) && g->json)
        return app_message_usage("with --json the picture needs a file");
    if (is_to_output(g) && host_is_terminal(stdout))
        return app_message_usage("standard output is a terminal: give a file, or redirect it");
    if (g->file == NULL || is_to_output(g) || host_is_directory(g->file))
        return APP_EXIT_NONE;
    if (!ferry_image_can_save(g->file))
        return app_message_usage(
            "\"%s\" cannot be written, since its ending is none of " APP_SAVE_KINDS, g->file);
    if (g->as != NULL)
        return app_message_usage("the ending of \"%s\" says what kind it is: leave --as out",
                                 g->file);
    return APP_EXIT_NONE;
}

static int parse(grab *g, int count, char **arguments) {
    options_found found;
    const options_plan plan = {.help = help,
                               .options = long_options,
                               .letters = letters,
                               .take = take,
                               .argument = g,
                               .words_most = 2};
    int code = options_parse(&found, &plan, count, arguments);
    if (code != APP_EXIT_NONE)
        return code;
    /* Behind --name the first word is the file. */
    bool has_no_channel = found.words == 1 && strcmp(found.word[0], "-") == 0;
    unsigned at = found.name != NULL || has_no_channel ? 0 : 1;
    g->file = found.words > at ? found.word[at] : NULL;
    if (found.words > at + 1)
        return app_message_usage("unexpected argument \"%s\"", found.word[at + 1]);
    found.words = found.words < at ? found.words : at;
    g->json = found.json;
    code = options_choose_channel(&found, &g->channel);
    return code == APP_EXIT_NONE ? check_file(g) : code;
}

/* ---- the frame ---- */

static bool is_just_coming(const char *channel) {
    static ferry_peek found; /* a large one */
    return ferry_peek_look(channel, &found, NULL) == FERRY_OK && found.state == FERRY_PEEK_STARTING;
}

/* Whether it is worth trying again now. */
static bool may_come(const grab *g, ferry_status status, uint64_t begin_ns) {
    uint64_t limit_ns = g->waits ? (uint64_t)g->wait_ns : 0;
    uint64_t passed_ns = ferry_clock_ns() - begin_ns;
    switch (status) {
    case FERRY_OVERTAKEN: return passed_ns < (limit_ns > TRY_NS ? limit_ns : TRY_NS);
    case FERRY_NO_PRODUCER:
    case FERRY_TIMEOUT: return passed_ns < limit_ns;
    case FERRY_FOREIGN:
    case FERRY_MALFORMED: return passed_ns < limit_ns && is_just_coming(g->channel);
    default: return false;
    }
}

static int explain(const grab *g, ferry_status status, const ferry_error *error) {
    switch (status) {
    case FERRY_NO_PRODUCER:
        if (g->file == NULL && ferry_image_can_save(g->channel))
            app_message_inform("the first word is the channel: ferry grab CHANNEL %s", g->channel);
        return missing_tell(g->channel);
    case FERRY_TIMEOUT:
        app_message_fail("channel %s has no frame%s", g->channel,
                         g->waits ? "" : ": --wait SECONDS waits for one");
        return APP_EXIT_TIMED_OUT;
    case FERRY_OVERTAKEN:
    case FERRY_NOT_SUPPORTED:
        app_message_fail("%s: ferry-consumer --name %s --count 1 --save FILE", error->message,
                         g->channel);
        return APP_EXIT_FAILED;
    default: app_message_fail("%s", error->message); return APP_EXIT_FAILED;
    }
}

/* Returns APP_EXIT_NONE, or an exit code with a message. */
static int take_frame(grab *g) {
    ferry_error error;
    ferry_status status;
    uint64_t begin_ns = ferry_clock_ns();
    while ((status = ferry_peek_grab(g->channel, &g->image, &error)) != FERRY_OK) {
        if (!may_come(g, status, begin_ns))
            return explain(g, status, &error);
        if (host_sleep_until(ferry_clock_ns() + LOOK_NS)) {
            app_message_fail("interrupted before there was a frame");
            return APP_EXIT_FAILED;
        }
    }
    return APP_EXIT_NONE;
}

/* ---- the file ---- */

/* "Local\" and "Global\" are no part of the name in memory. */
static const char *plain_name(const char *channel) {
    const char *prefix = strrchr(channel, '\\');
    return prefix != NULL ? prefix + 1 : channel;
}

/* False: the path is too long. */
static bool make_path(const grab *g, char path[PATH_BYTES]) {
    int length;
    if (g->file != NULL && !host_is_directory(g->file))
        length = snprintf(path, PATH_BYTES, "%s", g->file);
    else
        length =
            snprintf(path, PATH_BYTES, "%s%s%s-%06" PRIu64 ".%s", g->file != NULL ? g->file : "",
                     g->file != NULL ? "/" : "", plain_name(g->channel), g->image.info.number,
                     g->as != NULL ? g->as : "png");
    return length >= 0 && length < PATH_BYTES;
}

static int write_to_output(const grab *g) {
    ferry_image_file file = FERRY_IMAGE_FILE_INIT;
    ferry_error error;
    char name[16];
    snprintf(name, sizeof name, "frame.%s", g->as != NULL ? g->as : "png");
    ferry_status status =
        ferry_image_encode(name, &g->image.info, g->image.pixels, NULL, &file, &error);
    if (status == FERRY_OK)
        status = host_write(HOST_STREAM_OUTPUT, file.bytes, file.length_bytes, &error);
    if (status != FERRY_OK)
        app_message_fail("%s", error.message);
    ferry_image_file_free(&file);
    return status == FERRY_OK ? APP_EXIT_FINE : APP_EXIT_FAILED;
}

static int write_json(const grab *g, const char *path, uint64_t now_ns) {
    const ferry_frame_info *i = &g->image.info;
    app_line out = APP_LINE_INIT;
    app_json_begin(&out, "grabbed", app_wall_at(now_ns));
    app_json_text(&out, "channel", g->channel);
    app_json_text(&out, "file", path);
    app_json_number(&out, "frame", i->number);
    app_describe_put_picture(&out, i);
    app_json_number(&out, "capture_ns", i->capture_ns);
    app_json_number(&out, "publish_ns", i->publish_ns);
    app_json_number(&out, "age_ns", now_ns > i->publish_ns ? now_ns - i->publish_ns : 0);
    app_describe_put_notes(&out, i);
    app_describe_put_moment(&out, i);
    app_json_end(&out);
    bool is_written = app_output_line(&out);
    app_line_free(&out);
    return is_written ? APP_EXIT_FINE : APP_EXIT_FAILED;
}

static int save(const grab *g, uint64_t now_ns) {
    const ferry_frame_info *i = &g->image.info;
    char path[PATH_BYTES], format[APP_DESCRIBE_FORMAT_BYTES], age[APP_HUMAN_BYTES];
    ferry_error error;
    if (!make_path(g, path)) {
        app_message_fail("the path of the file would be too long");
        return APP_EXIT_FAILED;
    }
    if (!g->overwrite && host_exists(path)) {
        app_message_fail("%s exists: --overwrite replaces it", path);
        return APP_EXIT_FAILED;
    }
    ferry_image_save_options options = FERRY_IMAGE_SAVE_OPTIONS_INIT;
    options.must_be_new = !g->overwrite;
    if (ferry_image_save(path, i, g->image.pixels, &options, &error) != FERRY_OK) {
        app_message_fail("%s", error.message);
        return APP_EXIT_FAILED;
    }
    if (g->json)
        return write_json(g, path, now_ns);
    app_human_time(age, now_ns > i->publish_ns ? now_ns - i->publish_ns : 0);
    app_message_inform("frame %" PRIu64 ", %" PRId32 "x%" PRId32 " %s, %s old: saved as %s",
                       i->number, i->width, i->height, app_describe_format(format, i->format), age,
                       path);
    return APP_EXIT_FINE;
}

int verb_grab(int count, char **arguments) {
    grab g = {.image = FERRY_IMAGE_INIT};
    int code = parse(&g, count, arguments);
    if (code == APP_EXIT_NONE)
        code = take_frame(&g);
    if (code == APP_EXIT_NONE)
        code = is_to_output(&g) ? write_to_output(&g) : save(&g, ferry_clock_ns());
    ferry_image_free(&g.image);
    return code;
}
