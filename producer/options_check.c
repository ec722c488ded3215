#include "options.h"

#include <stdio.h>
#include <string.h>

#include <frameferry/frameferry.h>

#include "elsewhere.h"
#include "host/host.h"
#include "shared/arguments.h"
#include "shared/message.h"
#include "sources/picture_name.h"
#include "sources/y4m.h"

/* A word that looks like "camera:0" and is no file is meant to be something else than a file; one
 * letter before the colon is a drive. */
static bool is_unknown_kind(const char *text) {
    size_t letters = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789");
    return letters >= 2 && text[letters] == ':' && !host_exists(text);
}

/* A file that cannot have raw frames. */
static bool is_no_raw(const char *path) {
    return picture_has_name(path) || host_is_directory(path);
}

/* Whether a SOURCE may have been meant for the channel's name. */
static bool is_name(const producer_options *o, const char *text) {
    return !o->has_name && ferry_name_check(text, NULL) == FERRY_OK && strchr(text, '.') == NULL &&
           text[0] != '-' && !host_exists(text);
}

/* Two that do not go together. */
static int refuse_others(const producer_options *o, const char *why) {
    for (size_t i = 0; i < o->source_count; i++) {
        const char *text = o->sources[i];
        if (app_share_may_mean(&o->common.share, text) && !host_exists(text))
            return app_message_usage("%s; did you mean --group=%s?", why, text);
        if (is_name(o, text))
            return app_message_usage("%s; did you mean --name %s?", why, text);
    }
    return app_message_usage("%s", why);
}

/* A file that is not there is skipped later. */
static void hint_at_name(const producer_options *o) {
    for (size_t i = 0; i < o->source_count && !o->is_stream && !o->is_pattern; i++) {
        const char *text = o->sources[i];
        if (app_share_may_mean(&o->common.share, text) && !host_exists(text))
            app_message_inform("there is no file \"%s\": a group's name would be --group=%s", text,
                               text);
        else if (is_name(o, text))
            app_message_inform("there is no file \"%s\": a channel's name would be --name %s", text,
                               text);
        else
            continue;
        return;
    }
}

/* Words that are tried before anything is known of a program, and patterns without their
 * "pattern:". */
static int check_word(const char *text) {
    bool is_size = text[0] >= '0' && text[0] <= '9' && strchr(text, 'x') != NULL &&
                   text[strspn(text, "0123456789x")] == '\0';
    if (host_exists(text))
        return APP_EXIT_NONE;
    if (strcmp(text, "help") == 0 || strcmp(text, "version") == 0)
        return app_message_usage("there is no file \"%s\": did you mean --%s?", text, text);
    if (is_size || strcmp(text, "pattern") == 0)
        return app_message_usage("there is no file \"%s\": a pattern is written " PATTERN_PREFIX
                                 "WxH[:FORMAT], such as " PATTERN_PREFIX "%s",
                                 text, is_size ? text : "640x480");
    return APP_EXIT_NONE;
}

static int check_stream(const producer_options *o) {
    if (o->is_stream && o->source_count > 1)
        return refuse_others(o, "standard input (-) must be the only SOURCE");
    if (o->is_stream && o->loop)
        return app_message_usage("standard input (-) cannot be repeated: leave out --loop");
    bool is_one = !o->is_pattern && o->source_count == 1;
    if (o->stream.is_raw && (!is_one || (!o->is_stream && is_no_raw(o->sources[0]))))
        return app_message_usage("--raw describes a single SOURCE: give - for standard input, or "
                                 "one file that is not a picture");
    return APP_EXIT_NONE;
}

/* A film goes on for long, and has a pace of its own. */
static int check_film(const producer_options *o, const char *path) {
    char first[10];
    if (o->source_count == 1 || host_kind_of_file(path) != HOST_FILE_REGULAR)
        return APP_EXIT_NONE;
    FILE *file = fopen(path, "rb");
    size_t count = file == NULL ? 0 : fread(first, 1, sizeof first, file);
    if (file != NULL)
        fclose(file);
    if (count < sizeof first || !y4m_begins_header(first, count))
        return APP_EXIT_NONE;
    return app_message_usage("%s is a film and must be the only SOURCE", path);
}

/* A source that is none of the two special ones. */
static int check_file(const producer_options *o, const char *text) {
    int code = check_word(text);
    if (code == APP_EXIT_NONE)
        code = elsewhere_check(text, o->has_name ? o->common.name : NULL, o->stream.is_raw);
    if (code != APP_EXIT_NONE)
        return code;
    if (is_unknown_kind(text))
        return app_message_usage("unknown source \"%s\": give image files, directories, "
                                 "pattern:WxH[:FORMAT] and - for standard input",
                                 text);
    return check_film(o, text);
}

static int check_sources(producer_options *o) {
    if (o->is_http)
        return APP_EXIT_NONE;
    if (o->source_count == 0)
        return app_message_usage(
            "no SOURCE: give image files, directories or a pattern, or - for standard input");
    for (size_t i = 0; i < o->source_count; i++) {
        const char *text = o->sources[i];
        if (*text == '\0') {
            return app_message_usage(
                "a SOURCE is an empty string, as from an unset variable in quotes: give image "
                "files, directories or a pattern, or - for standard input");
        } else if (strcmp(text, STREAM_SOURCE) == 0) {
            o->is_stream = true;
        } else if (strncmp(text, PATTERN_PREFIX, strlen(PATTERN_PREFIX)) == 0) {
            o->is_pattern = true;
            if (!pattern_parse(text, &o->pattern))
                return APP_EXIT_USAGE;
        } else {
            int code = check_file(o, text);
            if (code != APP_EXIT_NONE)
                return code;
        }
    }
    if (o->is_pattern && o->source_count > 1)
        return refuse_others(o, "a pattern never ends and must be the only SOURCE");
    hint_at_name(o);
    return check_stream(o);
}

/* How programs that know only BaseImage read a format: they see the bits per pixel, and know only
 * Windows bitmaps. */
static int check_dialect_format(uint32_t format) {
    const char *name = ferry_format_name(format);
    if (format == 0 || format == FERRY_FORMAT_GRAY || format == FERRY_FORMAT_BGR24 ||
        format == FERRY_FORMAT_BGRA)
        return APP_EXIT_NONE;
    if (ferry_format_bit_count(format) % 8 != 0)
        return app_message_usage("programs that know only the BaseImage layout cannot show %s: "
                                 "choose --format gray, bgr24 or bgra",
                                 name);
    if (format == FERRY_FORMAT_RGB24 || format == FERRY_FORMAT_RGBA)
        app_message_warn("programs that know only the BaseImage layout take %s for %s: they will "
                         "show red for blue",
                         name, format == FERRY_FORMAT_RGB24 ? "bgr24" : "bgra");
    else
        app_message_warn("programs that know only the BaseImage layout do not know %s, and will "
                         "show something else",
                         name);
    return APP_EXIT_NONE;
}

static int check_dialect(const producer_options *o) {
    if (o->slots != 0 || o->capacity_bytes != 0)
        return app_message_usage(
            "--dialect baseimage has one slot of %u bytes: leave out --slots and --capacity",
            FERRY_DEFAULT_SLOT_BYTES);
    if (o->max_held != 0)
        return app_message_usage(
            "--dialect baseimage has one slot, which no consumer holds: leave out --max-held");
    if (o->when_full != FULL_AS_SOURCE || o->has_stall_limit)
        return app_message_usage("--dialect baseimage overwrites its only frame: leave out "
                                 "--when-full and --stall-limit");
    if (o->shows_early)
        return app_message_usage(
            "--dialect baseimage has one slot and cannot show a frame early: leave out --early");
    return check_dialect_format(o->form.format);
}

/* One slot has the newest frame, and another one the next. */
static int check_max_held(const producer_options *o) {
    uint32_t slots = o->slots != 0 ? o->slots : FERRY_DEFAULT_SLOTS;
    uint32_t most = slots > 3 ? slots - 2 : 1;
    if (o->max_held <= most)
        return APP_EXIT_NONE;
    return app_message_usage("--max-held %u needs --slots %u or more: with %u slots a consumer can "
                             "hold %u",
                             (unsigned)o->max_held, (unsigned)o->max_held + 2, (unsigned)slots,
                             (unsigned)most);
}

/* The planes of a format lie one behind the other: there is no last row of them all. */
static int check_bottom_up(const producer_options *o) {
    ferry_layout layout;
    if (!o->form.is_bottom_up || o->form.format == 0 ||
        ferry_layout_compute(&layout, o->form.format, 2, 2, 0) != FERRY_OK ||
        layout.plane_count == 1)
        return APP_EXIT_NONE;
    return app_message_usage("--bottom-up needs a pixel format of one plane, and %s has %d: choose "
                             "another one with --format, such as bgr24",
                             ferry_format_name(o->form.format), (int)layout.plane_count);
}

int options_check(producer_options *o) {
    int code = o->is_from_port || o->is_lines ? APP_EXIT_NONE : check_sources(o);
    if (code != APP_EXIT_NONE)
        return code;
    /* A format that the user has asked for, in whatever way, is the one that is sent. */
    if (o->is_pattern && o->form.format == 0)
        o->form.format = o->pattern.format;
    if (o->adopts && o->form.dialect != FERRY_DIALECT_BASEIMAGE)
        return app_message_usage(
            "--adopt needs --dialect baseimage: native channels never reuse existing memory");
    app_share_warn(&o->common.share,
                   "all users of this machine can read the frames, and can disturb the channel");
    code = o->is_port                                   ? check_dialect_format(o->form.format)
           : o->form.dialect == FERRY_DIALECT_BASEIMAGE ? check_dialect(o)
                                                        : check_max_held(o);
    return code != APP_EXIT_NONE ? code : check_bottom_up(o);
}
