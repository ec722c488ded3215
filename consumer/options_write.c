/* Options that speak of the stream of --write, and what goes together with it. */
#include "options.h"

#include <string.h>

#include "host/host.h"
#include "shared/message.h"
#include "shared/text.h"
#include "shared/y4m.h"

static const char *const names[] = {
    [WRITE_Y4M] = "y4m", [WRITE_RAW] = "raw", [WRITE_MJPEG] = "mjpeg"};
enum { NAMES = sizeof names / sizeof names[0] };

/* The kinds of file that a name's ending stands for. */
typedef enum ending_kind { STREAM, FILM, PICTURE } ending_kind;

typedef struct ending {
    const char *text;
    ending_kind kind;
    write_as as; /* of a stream */
} ending;

static const ending endings[] = {
    {"y4m", STREAM, WRITE_Y4M},  {"raw", STREAM, WRITE_RAW},     {"yuv", STREAM, WRITE_RAW},
    {"rgb", STREAM, WRITE_RAW},  {"gray", STREAM, WRITE_RAW},    {"h264", FILM, WRITE_Y4M},
    {"264", FILM, WRITE_Y4M},    {"hevc", FILM, WRITE_Y4M},      {"h265", FILM, WRITE_Y4M},
    {"265", FILM, WRITE_Y4M},    {"mjpeg", STREAM, WRITE_MJPEG}, {"mjpg", STREAM, WRITE_MJPEG},
    {"mp4", FILM, WRITE_Y4M},    {"m4v", FILM, WRITE_Y4M},       {"mov", FILM, WRITE_Y4M},
    {"mkv", FILM, WRITE_Y4M},    {"webm", FILM, WRITE_Y4M},      {"avi", FILM, WRITE_Y4M},
    {"mpg", FILM, WRITE_Y4M},    {"mpeg", FILM, WRITE_Y4M},      {"ts", FILM, WRITE_Y4M},
    {"flv", FILM, WRITE_Y4M},    {"ogv", FILM, WRITE_Y4M},       {"gif", FILM, WRITE_Y4M},
    {"png", PICTURE, WRITE_Y4M}, {"jpg", PICTURE, WRITE_Y4M},    {"jpeg", PICTURE, WRITE_Y4M},
    {"bmp", PICTURE, WRITE_Y4M}, {"tga", PICTURE, WRITE_Y4M},
};

static char lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool equals(const char *text, const char *known) {
    while (*known != '\0' && lower(*text) == *known) {
        text++;
        known++;
    }
    return *text == *known;
}

/* NULL: it has none that is known. */
static const ending *ending_of(const char *path) {
    const char *dot = strrchr(path, '.');
    for (size_t i = 0; dot != NULL && i < sizeof endings / sizeof endings[0]; i++)
        if (equals(dot + 1, endings[i].text))
            return &endings[i];
    return NULL;
}

bool options_names_stream(const char *path) {
    const ending *found = ending_of(path);
    return found != NULL && found->kind == STREAM && found->as != WRITE_RAW;
}

int options_write_place(write_request *w, const char *value) {
    if (*value == '\0')
        return app_message_usage("--write needs a file, a FIFO, or - for standard output");
    w->place = value;
    return APP_EXIT_NONE;
}

int options_write_as(write_request *w, const char *value) {
    for (size_t i = 0; i < NAMES; i++)
        if (strcmp(value, names[i]) == 0) {
            w->as = (write_as)i;
            w->is_said = true;
            return APP_EXIT_NONE;
        }
    return app_message_usage("--as needs y4m, raw or mjpeg, not \"%s\"", value);
}

int options_write_format(write_request *w, const char *value) {
    char formats[APP_TEXT_FORMATS_BYTES];
    w->format = app_text_find_format(value);
    if (w->format != 0)
        return APP_EXIT_NONE;
    app_text_formats(formats);
    return app_message_usage("--format: unknown pixel format \"%s\"; there are %s", value, formats);
}

int options_write_scale(write_request *w, const char *value) {
    w->scales = strcmp(value, "first") == 0;
    return w->scales ? APP_EXIT_NONE
                     : app_message_usage("--scale needs first, the size of the first frame, not "
                                         "\"%s\"",
                                         value);
}

int options_write_rate(write_request *w, const char *value) {
    if (app_parse_rate(value, &w->rate) && w->rate.frames != 0)
        return APP_EXIT_NONE;
    return app_message_usage(
        "--fps needs frames a second, such as 30, 29.97 or 30000/1001, not \"%s\"", value);
}

/* An option that needs a stream and has none. */
static const char *first_alone(const write_request *w) {
    return w->is_said            ? "--as"
           : w->format != 0      ? "--format"
           : w->scales           ? "--scale"
           : w->rate.frames != 0 ? "--fps"
                                 : NULL;
}

/* Refuses what is called after something that is not written here. */
static int check_ending(write_request *w) {
    const ending *found = ending_of(w->place);
    if (w->is_said || found == NULL)
        return APP_EXIT_NONE;
    if (found->kind == FILM)
        return app_message_usage(
            "--write: \"%s\" would have to be encoded, which ffmpeg does: "
            "--write - | ffmpeg -f yuv4mpegpipe -i - %s; --as raw writes frames as they "
            "are",
            w->place, w->place);
    if (found->kind == PICTURE)
        return app_message_usage("--write makes one stream of all frames, and \"%s\" is a picture: "
                                 "--save writes pictures; --as mjpeg makes a stream of JPEGs",
                                 w->place);
    w->as = found->as;
    return APP_EXIT_NONE;
}

static int check_kind(const write_request *w) {
    if (w->as == WRITE_Y4M && w->format != 0 && app_y4m_kind_of(w->format, 0) == NULL)
        return app_message_usage("--format: y4m has no %s; it has yuv420p, yuv422p, yuv444p, "
                                 "p010le and gray of 8, 10, 12 and 16 bits; --as raw has them all",
                                 ferry_format_name(w->format));
    if (w->as != WRITE_Y4M && w->rate.frames != 0)
        return app_message_usage("--fps is for y4m: a stream of %s says no frame rate",
                                 names[w->as]);
    return APP_EXIT_NONE;
}

/* Standard output has the stream, and nothing else. */
static int check_output(const consumer_options *o) {
    const char *other = o->common.json    ? "--json"
                        : o->print        ? "--print"
                        : o->exec != NULL ? "--exec"
                                          : NULL;
    if (other != NULL)
        return app_message_usage("--write - and %s both write to standard output: leave one out, "
                                 "or give --write a file or a FIFO",
                                 other);
    return APP_EXIT_NONE;
}

int options_check_write(consumer_options *o) {
    write_request *w = &o->write;
    const char *alone = first_alone(w);
    if (w->place == NULL && alone == NULL)
        return APP_EXIT_NONE;
    if (w->place == NULL)
        return app_message_usage("%s needs --write", alone);
    bool is_output = strcmp(w->place, "-") == 0;
    if (!is_output && host_is_directory(w->place))
        return app_message_usage("--write: \"%s\" is a directory: give a file, a FIFO, or - for "
                                 "standard output; --save writes a file for each frame",
                                 w->place);
    int code = is_output ? check_output(o) : check_ending(w);
    return code == APP_EXIT_NONE ? check_kind(w) : code;
}
