#include "shared/save_path.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <frameferry/image.h>

#include "host/host.h"
#include "shared/near.h"
#include "shared/wall.h"

#define IN_DIRECTORY "{name}-{frame}.png"
#define TEXT_IN_DIRECTORY "{name}-{frame}.txt"

typedef enum placeholder {
    PLACEHOLDER_NONE,
    PLACEHOLDER_NAME,
    PLACEHOLDER_FRAME,
    PLACEHOLDER_TIME
} placeholder;

/* Longer than a number or a time. */
#define VALUE_BYTES 48

/* ---- parsing ---- */

static placeholder find_placeholder(const char *text, size_t bytes) {
    static const struct {
        const char *text;
        placeholder meaning;
    } known[] = {
        {"name", PLACEHOLDER_NAME}, {"frame", PLACEHOLDER_FRAME}, {"time", PLACEHOLDER_TIME}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strlen(known[i].text) == bytes && memcmp(known[i].text, text, bytes) == 0)
            return known[i].meaning;
    return PLACEHOLDER_NONE;
}

static void note_slash(app_save_pattern *p, const char *at) {
    if (p->is_one_file)
        p->fixed_bytes = (size_t)(at - p->text) + 1;
    else
        p->makes_folders = true;
}

/* Reads the braces at text, and returns what comes behind them; NULL: they are wrong. */
static const char *read_braces(app_save_pattern *p, const char *text, app_save_problem *problem) {
    if (text[1] == '{')
        return text + 2;
    p->wrong = text + 1;
    p->wrong_bytes = strcspn(p->wrong, "{}");
    if (p->wrong[p->wrong_bytes] != '}') {
        *problem = APP_SAVE_UNCLOSED_BRACE;
        return NULL;
    }
    placeholder found = find_placeholder(p->wrong, p->wrong_bytes);
    if (found == PLACEHOLDER_NONE) {
        *problem = APP_SAVE_UNKNOWN_PLACEHOLDER;
        return NULL;
    }
    if (found != PLACEHOLDER_NAME)
        p->is_one_file = false;
    if (found == PLACEHOLDER_FRAME && !p->makes_folders)
        p->is_counted = true;
    return p->wrong + p->wrong_bytes + 1;
}

/* Endings of files that a user may expect, and which cannot be written. */
static const char *const other_kinds[] = {
    /* pictures */
    "ai", "apng", "arw", "avif", "avifs", "cr2", "cr3", "cur", "dcm", "dds", "dib", "djvu", "dng",
    "dpx", "emf", "eps", "exr", "fits", "gif", "hdr", "heic", "heif", "icns", "ico", "j2c", "j2k",
    "jfif", "jls", "jng", "jp2", "jpe", "jpf", "jpx", "jxl", "jxr", "mng", "nef", "orf", "pam",
    "pbm", "pcx", "pdf", "pfm", "pgm", "pic", "pict", "pnm", "ppm", "psb", "psd", "qoi", "raf",
    "rgb", "rgba", "sgi", "svg", "svgz", "tif", "tiff", "wbmp", "webp", "wmf", "xbm", "xcf", "xpm",
    /* films */
    "3g2", "3gp", "asf", "avi", "flv", "gifv", "h264", "h265", "hevc", "ivf", "m2ts", "m4v",
    "mjpeg", "mjpg", "mkv", "mov", "mp4", "mpeg", "mpg", "mts", "mxf", "nut", "ogg", "ogv", "webm",
    "wmv", "y4m", "yuv",
    /* data */
    "bin", "csv", "dat", "gz", "h5", "hdf5", "json", "log", "mat", "npy", "npz", "tar", "xml",
    "zip", "zst"};

/* Whether a path without braces names a file of a kind that cannot be written: the letters and
 * digits behind the last dot of its last part are an ending that people know, or nearly one of
 * ours. Names such as run.2026-11-29 and v1.2 are directories. */
static bool has_other_ending(const char *text) {
    static const char *const ours[] = {"png", "jpg", "jpeg", "bmp", "tga", "raw"};
    const char *ending = strrchr(text, '.');
    if (ending == NULL || ending == text || host_is_separator(ending[-1]))
        return false;
    ending++;
    if (ending[strspn(ending, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")] !=
        '\0')
        return false;
    for (size_t i = 0; i < sizeof other_kinds / sizeof other_kinds[0]; i++)
        if (app_near_distance(ending, other_kinds[i]) == 0)
            return true;
    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++)
        if (strlen(ending) >= 3 && app_near_distance(ending, ours[i]) <= 1)
            return true;
    return false;
}

/* "%06d", "%Y" and the like, which other programs fill in. */
static bool has_other_number(app_save_pattern *p) {
    for (const char *at = strchr(p->text, '%'); at != NULL; at = strchr(at + 1, '%')) {
        size_t digits = strspn(at + 1, "0123456789");
        if (at[1 + digits] != 'd' && (digits > 0 || at[1] != 'Y'))
            continue;
        p->wrong = at;
        p->wrong_bytes = digits + 2;
        return true;
    }
    return false;
}

static bool ends_in(const char *text, const char *ending) {
    const char *found = strrchr(text, '.');
    return found != NULL && app_near_distance(found + 1, ending) == 0;
}

bool app_save_pattern_for_text(app_save_pattern *p) {
    p->is_text = p->is_text || p->is_directory;
    return p->is_text || ends_in(p->text, "raw");
}

app_save_problem app_save_pattern_parse(app_save_pattern *out, const char *text) {
    *out = (app_save_pattern){.text = text, .is_one_file = true};
    if (*text == '\0')
        return APP_SAVE_EMPTY;
    out->is_text = ends_in(text, "txt") && !host_is_directory(text);
    if (strchr(text, '{') == NULL && !out->is_text && !ferry_image_can_save(text)) {
        out->is_directory = true;
        out->is_counted = true;
        out->is_one_file = false;
        out->fixed_bytes = strlen(text);
        return has_other_ending(text)  ? APP_SAVE_OTHER_KIND
               : has_other_number(out) ? APP_SAVE_OTHER_NUMBER
                                       : APP_SAVE_FINE;
    }
    for (const char *at = text; *at != '\0';) {
        app_save_problem problem = APP_SAVE_FINE;
        if (host_is_separator(*at))
            note_slash(out, at);
        at = *at == '{' ? read_braces(out, at, &problem) : at + 1;
        if (at == NULL)
            return problem;
    }
    if (!out->is_text && !ferry_image_can_save(text))
        return APP_SAVE_UNKNOWN_KIND;
    return out->is_one_file && has_other_number(out) ? APP_SAVE_OTHER_NUMBER : APP_SAVE_FINE;
}

/* ---- expanding ---- */

typedef struct writer {
    char *out;
    size_t capacity;
    size_t used; /* also beyond the capacity */
} writer;

static void put(writer *w, const char *text, size_t bytes) {
    if (w->used < w->capacity) {
        size_t room = w->capacity - w->used;
        memcpy(w->out + w->used, text, bytes < room ? bytes : room);
    }
    w->used += bytes;
}

/* The final zero; returns the length. */
static size_t finish(const writer *w) {
    if (w->capacity > 0)
        w->out[w->used < w->capacity ? w->used : w->capacity - 1] = '\0';
    return w->used;
}

/* "Local\" and "Global\" say where a channel lives and are no part of its name. */
static const char *plain_name(const char *channel) {
    const char *prefix = strrchr(channel, '\\');
    return prefix != NULL ? prefix + 1 : channel;
}

static bool is_safe_name(const char *name) {
    if (*name == '\0' || *name == '.')
        return false;
    for (; *name != '\0'; name++)
        if (host_is_separator(*name) || (unsigned char)*name < 0x20 || *name == 0x7f)
            return false;
    return true;
}

/* 20261121T093646.123456Z. */
static int print_time(char out[VALUE_BYTES], uint64_t time_us) {
    app_wall w = app_wall_split(time_us);
    return snprintf(out, VALUE_BYTES, "%04u%02u%02uT%02u%02u%02u.%06uZ", w.year, w.month, w.day,
                    w.hour, w.minute, w.second, w.microsecond);
}

static void put_placeholder(writer *w, placeholder which, const app_save_values *values) {
    char value[VALUE_BYTES];
    const char *name = plain_name(values->channel);
    switch (which) {
    case PLACEHOLDER_NAME: put(w, name, strlen(name)); break;
    case PLACEHOLDER_FRAME:
        put(w, value, (size_t)snprintf(value, sizeof value, "%06" PRIu64, values->frame));
        break;
    case PLACEHOLDER_TIME: put(w, value, (size_t)print_time(value, values->time_us)); break;
    default: break;
    }
}

/* Expands the first bytes of a text, which has been parsed. */
static void expand(writer *w, const char *text, size_t bytes, const app_save_values *values) {
    for (const char *at = text, *end = text + bytes; at < end;) {
        size_t plain = 0;
        while (at + plain < end && at[plain] != '{')
            plain++;
        put(w, at, plain);
        at += plain;
        if (at >= end)
            break;
        if (at[1] == '{') {
            put(w, "{", 1);
            at += 2;
            continue;
        }
        size_t length = strcspn(at + 1, "}");
        put_placeholder(w, find_placeholder(at + 1, length), values);
        at += length + 2;
    }
}

static const char *in_directory(const app_save_pattern *pattern) {
    return pattern->is_text ? TEXT_IN_DIRECTORY : IN_DIRECTORY;
}

size_t app_save_pattern_expand(const app_save_pattern *pattern, const app_save_values *values,
                               char *out, size_t capacity) {
    writer w = {.out = out, .capacity = capacity};
    if (is_safe_name(plain_name(values->channel))) {
        size_t bytes = strlen(pattern->text);
        expand(&w, pattern->text, bytes, values);
        if (pattern->is_directory && !host_is_separator(pattern->text[bytes - 1]))
            put(&w, "/", 1);
        if (pattern->is_directory)
            expand(&w, in_directory(pattern), strlen(in_directory(pattern)), values);
    }
    return finish(&w);
}

/* ---- matching ---- */

static size_t count_digits(const char *text) {
    return strspn(text, "0123456789");
}

static bool is_digits(const char *text, size_t bytes) {
    return count_digits(text) >= bytes;
}

/* Matches what print_time writes. Returns the rest behind it; NULL: it is not there. */
static const char *match_time(const char *name) {
    size_t day = count_digits(name);
    const char *at = name + day;
    if (day < 8 || at[0] != 'T' || !is_digits(at + 1, 6) || at[7] != '.' || !is_digits(at + 8, 6) ||
        at[14] != 'Z')
        return NULL;
    return at + 15;
}

/* The digits of {frame} in a name: the same in every place. */
typedef struct digit_run {
    const char *digits; /* in the name; NULL: it has not come yet */
    size_t bytes;
} digit_run;

/* Returns what comes behind the number at name; NULL: it is another. */
static const char *match_number(const char *name, digit_run *n) {
    if (n->digits == NULL && is_digits(name, n->bytes))
        n->digits = name;
    if (n->digits == NULL || strncmp(name, n->digits, n->bytes) != 0)
        return NULL;
    return name + n->bytes;
}

static const char *match_text(const char *name, const char *text, size_t bytes) {
    return strncmp(name, text, bytes) == 0 ? name + bytes : NULL;
}

/* Whether name is what a part of a pattern becomes with a number of n->bytes digits. */
static bool match_part(const char *part, const char *channel, const char *name, digit_run *n) {
    while (name != NULL && *part != '\0' && !host_is_separator(*part)) {
        if (part[0] != '{' || part[1] == '{') {
            name = match_text(name, part, 1);
            part += part[0] == '{' ? 2 : 1;
            continue;
        }
        size_t length = strcspn(part + 1, "}");
        switch (find_placeholder(part + 1, length)) {
        case PLACEHOLDER_NAME: name = match_text(name, channel, strlen(channel)); break;
        case PLACEHOLDER_FRAME: name = match_number(name, n); break;
        case PLACEHOLDER_TIME: name = match_time(name); break;
        default: return false;
        }
        part += length + 2;
    }
    return name != NULL && *name == '\0' && n->digits != NULL;
}

/* False: so high a number there is not. */
static bool read_number(const digit_run *n, uint64_t *out) {
    uint64_t value = 0;
    for (size_t i = 0; i < n->bytes; i++) {
        unsigned digit = (unsigned)(n->digits[i] - '0');
        if (value > (UINT64_MAX - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    *out = value;
    return true;
}

bool app_save_pattern_match(const app_save_pattern *pattern, const char *channel, const char *name,
                            uint64_t *frame) {
    const char *part =
        pattern->is_directory ? in_directory(pattern) : pattern->text + pattern->fixed_bytes;
    const char *plain = plain_name(channel);
    bool is_found = false;
    if (!pattern->is_counted || !is_safe_name(plain))
        return false;
    /* How long the number is shows only from what comes behind it, which may be digits too. */
    size_t longest = strlen(name);
    for (size_t bytes = 1; bytes <= longest; bytes++) {
        digit_run n = {.bytes = bytes};
        uint64_t value = 0;
        if (!match_part(part, plain, name, &n) || !read_number(&n, &value))
            continue;
        *frame = is_found && *frame > value ? *frame : value;
        is_found = true;
    }
    return is_found;
}

static size_t without_slashes(const char *path, size_t bytes) {
    while (bytes > 1 && host_is_separator(path[bytes - 1]))
        bytes--;
    return bytes;
}

size_t app_save_pattern_directory(const app_save_pattern *pattern, const char *channel, char *out,
                                  size_t capacity) {
    writer w = {.out = out, .capacity = capacity};
    const app_save_values values = {.channel = channel};
    if (is_safe_name(plain_name(channel)))
        expand(&w, pattern->text, without_slashes(pattern->text, pattern->fixed_bytes), &values);
    return finish(&w);
}

size_t app_save_path_directory(const char *path) {
    size_t bytes = strlen(path);
    while (bytes > 0 && !host_is_separator(path[bytes - 1]))
        bytes--;
    return without_slashes(path, bytes);
}
