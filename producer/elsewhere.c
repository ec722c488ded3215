#include "elsewhere.h"

#include <stdio.h>
#include <string.h>

#include <frameferry/channel.h>

#include "host/host.h"
#include "shared/arguments.h"
#include "shared/message.h"
#include "shared/text.h"
#include "sources/film_kind.h"
#include "sources/picture_name.h"

#define QUOTED_BYTES 1500

static bool has_film_name(const char *path) {
    static const char *const endings[] = {
        "mp4", "m4v", "mov", "mkv", "webm", "avi", "mpg",  "mpeg", "ts",   "mts",  "m2ts",  "wmv",
        "flv", "ogv", "3gp", "vob", "mxf",  "264", "h264", "265",  "h265", "hevc", "mjpeg", "mjpg"};
    return name_has_ending(path, endings, sizeof endings / sizeof endings[0]);
}

/* Frames without a header. Other things have such names too, so that this is a
 * hint only. */
static bool has_raw_name(const char *path) {
    static const char *const endings[] = {"yuv",  "i420", "yuyv", "uyvy",  "nv12", "nv21",
                                          "nv16", "p010", "rgb",  "rgb24", "bgr",  "bgr24",
                                          "rgba", "bgra", "argb", "gray",  "raw",  "bin"};
    return name_has_ending(path, endings, sizeof endings / sizeof endings[0]);
}

/* The kind of a film in a regular file; NULL: it is none. Its name counts where its bytes say
 * nothing else. */
static const char *film_in(const char *path) {
    uint8_t bytes[FILM_KIND_BYTES];
    if (host_kind_of_file(path) != HOST_FILE_REGULAR)
        return NULL;
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return NULL; /* the program that reads it says why */
    size_t count = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    const char *kind = film_kind(bytes, count);
    if (kind == NULL && count > 0 && has_film_name(path) && !picture_has_signature(bytes, count) &&
        memcmp(bytes, "YUV4MPEG2 ", count < 10 ? count : 10) != 0)
        kind = "by its name";
    return kind;
}

/* The path behind "file://"; NULL: the text does not begin so. */
static const char *plain_path(const char *text) {
    static const char prefix[] = "file://";
    if (strncmp(text, prefix, sizeof prefix - 1) != 0)
        return NULL;
    text += sizeof prefix - 1;
    return strncmp(text, "localhost/", 10) == 0 ? text + 9 : text;
}

/* "rtsp://..." and the like. A drive of Windows has one letter. */
static bool is_address(const char *text) {
    size_t length =
        strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+.-");
    return length > 1 && strncmp(text + length, "://", 3) == 0 && !host_exists(text);
}

/* Cameras by their name too: the one that is meant may not be plugged in. */
static bool is_camera(const char *text) {
    static const char prefix[] = "/dev/video";
    static const char scheme[] = "v4l2://"; /* as other players have it */
    if (strncmp(text, scheme, sizeof scheme - 1) == 0)
        text += sizeof scheme - 1;
    return host_kind_of_file(text) == HOST_FILE_CAMERA ||
           (strncmp(text, prefix, sizeof prefix - 1) == 0 &&
            strspn(text + sizeof prefix - 1, "0123456789") == strlen(text + sizeof prefix - 1));
}

/* Prints the command line. "file:" keeps ffmpeg from reading the path as an address or an option.
 */
static int advise(const char *what, const char *input, const char *text, const char *channel) {
    char name[QUOTED_BYTES];
    char shown[QUOTED_BYTES];
    char quoted[QUOTED_BYTES];
    char quoted_channel[2 * FERRY_NAME_MAX];
    bool is_file = strchr(text, ':') != NULL && !is_address(text);
    snprintf(name, sizeof name, "%s%s", is_file ? "file:" : "", text);
    app_text_escape(shown, sizeof shown, name);
    host_quote(quoted, sizeof quoted, name, strcmp(shown, name) != 0);
    host_quote(quoted_channel, sizeof quoted_channel, channel != NULL ? channel : "", false);
    return app_message_usage(
        "%s: ffmpeg %s-i %s -f yuv4mpegpipe -pix_fmt yuv420p - | ferry-producer%s%s -", what, input,
        quoted, channel != NULL ? " --name " : "", channel != NULL ? quoted_channel : "");
}

int elsewhere_check(const char *text, const char *channel, bool is_raw) {
    char what[QUOTED_BYTES];
    if (is_camera(text)) {
        snprintf(what, sizeof what, "%.1000s is a camera; read it with ffmpeg", text);
        return advise(what, "-f v4l2 ", strncmp(text, "v4l2://", 7) == 0 ? text + 7 : text,
                      channel);
    }
    if (is_address(text) && plain_path(text) != NULL)
        return app_message_usage("%s: leave out the \"file://\": %s", text, plain_path(text));
    if (is_address(text)) {
        snprintf(what, sizeof what, "%.1000s is an address; read it with ffmpeg", text);
        return advise(what, "", text, channel);
    }
    if (!is_raw && has_raw_name(text) && host_kind_of_file(text) == HOST_FILE_REGULAR)
        app_message_inform("if %s holds raw frames, describe them with --raw WxH:FORMAT, such as "
                           "--raw 1280x720:bgr24",
                           text);
    const char *kind = is_raw ? NULL : film_in(text);
    if (kind == NULL)
        return APP_EXIT_NONE;
    snprintf(what, sizeof what, "%.1000s is a film (%s); decode it with ffmpeg", text, kind);
    return advise(what, "", text, channel);
}

bool elsewhere_has_film_name(const char *text) {
    static const char *const lists[] = {"m3u8", "mpd"};
    return has_film_name(text) || name_has_ending(text, lists, sizeof lists / sizeof lists[0]);
}
