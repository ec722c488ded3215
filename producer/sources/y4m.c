#include "sources/y4m.h"

#include <string.h>

#include "host/inside.h"
#include "shared/y4m.h"
#include "shared/yuv.h"

#define LENGTH(literal) (sizeof(literal) - 1)

/* Not ended by a zero; NULL: there is none. */
typedef struct word {
    const char *text;
    size_t length;
} word;

/* The parameters of a header that matter here. */
enum {
    WIDTH,
    HEIGHT,
    RATE,
    INTERLACING,
    ASPECT,
    SAMPLING,
    OLD_SAMPLING, /* from before there was a letter for it */
    COLOR_RANGE,
    COLOR_SPACE,
    PARAMETER_COUNT
};
static const char *const prefixes[PARAMETER_COUNT] = {
    "W", "H", "F", "I", "A", "C", "XYSCSS=", "XCOLORRANGE=", "XCOLORSPACE="};

/* Whether the bytes are the beginning of a line with this first word, as far as they go. */
static bool begins(const char *bytes, size_t count, const char *expected) {
    size_t length = strlen(expected);
    if (count <= length)
        return memcmp(bytes, expected, count) == 0;
    return memcmp(bytes, expected, length) == 0 && (bytes[length] == ' ' || bytes[length] == '\n');
}

bool y4m_begins_header(const char *bytes, size_t count) {
    return begins(bytes, count, APP_Y4M_SIGNATURE);
}

bool y4m_begins_frame(const char *bytes, size_t count) {
    return begins(bytes, count, APP_Y4M_FRAME);
}

void y4m_quote(char out[Y4M_QUOTE_BYTES], const char *bytes, size_t count) {
    size_t used = 0;
    for (; used < count && used < Y4M_QUOTE_BYTES - 1; used++)
        out[used] = bytes[used] >= 0x20 && bytes[used] < 0x7f ? bytes[used] : '?';
    out[used] = '\0';
}

static bool equals(word w, const char *text) {
    return w.text != NULL && w.length == strlen(text) && memcmp(w.text, text, w.length) == 0;
}

/* The next word of a line, which words is moved behind; false after the last. */
static bool take_word(word *line, word *out) {
    while (line->length > 0 && *line->text == ' ') {
        line->text++;
        line->length--;
    }
    const char *blank = line->length == 0 ? NULL : memchr(line->text, ' ', line->length);
    size_t length = blank == NULL ? line->length : (size_t)(blank - line->text);
    *out = (word){.text = line->text, .length = length};
    line->text += length;
    line->length -= length;
    return length > 0;
}

/* Takes the part behind a prefix; false: w has another prefix. */
static bool take_prefix(word w, const char *prefix, word *out) {
    size_t length = strlen(prefix);
    if (w.length < length || memcmp(w.text, prefix, length) != 0)
        return false;
    *out = (word){.text = w.text + length, .length = w.length - length};
    return true;
}

static void sort_parameters(word line, word found[PARAMETER_COUNT]) {
    word parameter;
    while (take_word(&line, &parameter))
        for (size_t i = 0; i < PARAMETER_COUNT; i++)
            if (take_prefix(parameter, prefixes[i], &found[i]))
                break;
}

/* A number made of digits alone. Numbers that do not fit are none. */
static bool parse_number(word w, uint64_t maximum, uint64_t *out) {
    char digits[24];
    if (w.text == NULL || w.length >= sizeof digits)
        return false;
    memcpy(digits, w.text, w.length);
    digits[w.length] = '\0';
    return strlen(digits) == w.length && app_parse_whole(digits, 0, maximum, out);
}

static ferry_status parse_side(int32_t *out, word w, const char *what, char letter,
                               ferry_error *error) {
    char quoted[Y4M_QUOTE_BYTES];
    uint64_t value = 0;
    if (w.text == NULL)
        return ferryi_fail(error, FERRY_UNREADABLE, 0, "the YUV4MPEG2 header has no %s (%c)", what,
                           letter);
    y4m_quote(quoted, w.text, w.length);
    if (!parse_number(w, INT32_MAX, &value) || value == 0)
        return ferryi_fail(error, FERRY_UNREADABLE, 0,
                           "the YUV4MPEG2 header has an invalid %s: %c%s", what, letter, quoted);
    *out = (int32_t)value;
    return FERRY_OK;
}

static uint64_t common_divisor(uint64_t a, uint64_t b) {
    while (b != 0) {
        uint64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* In lowest terms, with the last digits of both left out when one is above APP_RATE_MAX. A ratio
 * with a zero means that it is not known: both are 0 then. */
static void simplify(uint64_t *before, uint64_t *behind) {
    uint64_t divisor = common_divisor(*before, *behind);
    if (divisor != 0) {
        *before /= divisor;
        *behind /= divisor;
    }
    for (; *before > APP_RATE_MAX || *behind > APP_RATE_MAX; *behind /= 2)
        *before /= 2;
    if (*before == 0 || *behind == 0)
        *before = *behind = 0;
}

/* Reads two numbers with a colon between them. */
static bool parse_ratio(word w, uint64_t *before, uint64_t *behind) {
    const char *colon = w.length == 0 ? NULL : memchr(w.text, ':', w.length);
    if (colon == NULL)
        return false;
    size_t length = (size_t)(colon - w.text);
    word left = {.text = w.text, .length = length};
    word right = {.text = colon + 1, .length = w.length - length - 1};
    if (!parse_number(left, INT64_MAX, before) || !parse_number(right, INT64_MAX, behind))
        return false;
    simplify(before, behind);
    return true;
}

/* Frames in seconds, such as 30000:1001. */
static ferry_status parse_rate(app_rate *out, word w, ferry_error *error) {
    uint64_t frames = 0, seconds = 0;
    *out = (app_rate){.seconds = 1};
    if (w.text != NULL && !parse_ratio(w, &frames, &seconds)) {
        char quoted[Y4M_QUOTE_BYTES];
        y4m_quote(quoted, w.text, w.length);
        return ferryi_fail(error, FERRY_UNREADABLE, 0,
                           "the YUV4MPEG2 header has an invalid frame rate: F%s", quoted);
    }
    if (seconds != 0)
        *out = (app_rate){.frames = frames, .seconds = seconds};
    return FERRY_OK;
}

/* A wrong one is no reason to refuse a film. */
static void set_aspect(y4m_header *out, word w) {
    uint64_t width = 0, height = 0;
    if (w.text != NULL && parse_ratio(w, &width, &height)) {
        out->pixel_aspect_num = (uint32_t)width;
        out->pixel_aspect_den = (uint32_t)height;
    }
}

static ferry_status parse_sampling(y4m_header *out, const word found[PARAMETER_COUNT],
                                   ferry_error *error) {
    word name = {.text = "420", .length = 3};
    if (found[SAMPLING].text != NULL)
        name = found[SAMPLING];
    else if (found[OLD_SAMPLING].text != NULL)
        name = found[OLD_SAMPLING];
    const app_y4m_kind *kind = app_y4m_find(name.text, name.length);
    if (kind != NULL) {
        out->format = kind->format;
        out->chroma_site = kind->chroma_site;
        return FERRY_OK;
    }
    char quoted[Y4M_QUOTE_BYTES];
    y4m_quote(quoted, name.text, name.length);
    return ferryi_fail(error, FERRY_NOT_SUPPORTED, 0,
                       "frames of the kind C%s cannot be sent: give ffmpeg -pix_fmt %s", quoted,
                       take_prefix(name, "mono", &name) ? "gray" : "yuv420p");
}

static ferry_status measure(y4m_header *out, ferry_error *error) {
    ferry_layout layout;
    if (ferry_layout_compute(&layout, out->format, out->width, out->height, 0) != FERRY_OK)
        return ferryi_fail(error, FERRY_TOO_LARGE, 0,
                           "frames of %d x %d pixels are too large: they take 2 GiB or more",
                           (int)out->width, (int)out->height);
    out->frame_bytes = layout.length_bytes;
    return FERRY_OK;
}

/* ffmpeg writes none. A comment that says it in FFmpeg's words can mean nothing else. */
static uint32_t find_matrix(word name) {
    static const struct {
        const char *name;
        uint32_t matrix;
    } known[] = {
        {"BT601", FERRY_MATRIX_BT601},     {"BT470BG", FERRY_MATRIX_BT601},
        {"SMPTE170M", FERRY_MATRIX_BT601}, {"BT709", FERRY_MATRIX_BT709},
        {"BT2020", FERRY_MATRIX_BT2020},   {"BT2020NC", FERRY_MATRIX_BT2020},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (equals(name, known[i].name))
            return known[i].matrix;
    return FERRY_MATRIX_UNSPECIFIED;
}

static uint32_t find_field_order(word interlacing) {
    return equals(interlacing, "p")   ? FERRY_FIELDS_PROGRESSIVE
           : equals(interlacing, "t") ? FERRY_FIELDS_TOP_FIRST
           : equals(interlacing, "b") ? FERRY_FIELDS_BOTTOM_FIRST
                                      : FERRY_FIELDS_UNSPECIFIED;
}

static void set_flags(y4m_header *out, const word found[PARAMETER_COUNT]) {
    set_aspect(out, found[ASPECT]);
    out->field_order = find_field_order(found[INTERLACING]);
    out->is_interlaced = equals(found[INTERLACING], "t") || equals(found[INTERLACING], "b") ||
                         equals(found[INTERLACING], "m");
    if (!app_yuv_is(out->format))
        return;
    if (equals(found[COLOR_RANGE], "FULL"))
        out->color_range = FERRY_RANGE_FULL;
    else if (equals(found[COLOR_RANGE], "LIMITED"))
        out->color_range = FERRY_RANGE_LIMITED;
    out->color_matrix = find_matrix(found[COLOR_SPACE]);
}

ferry_status y4m_parse_header(y4m_header *out, const char *line, size_t length,
                              ferry_error *error) {
    *out = (y4m_header){.width = 0};
    size_t begin = LENGTH(APP_Y4M_SIGNATURE);
    if (length < begin || !y4m_begins_header(line, length))
        return ferryi_fail(error, FERRY_UNREADABLE, 0, "it does not begin with " APP_Y4M_SIGNATURE);
    word found[PARAMETER_COUNT] = {{.text = NULL}};
    sort_parameters((word){.text = line + begin, .length = length - begin}, found);
    ferry_status status = parse_side(&out->width, found[WIDTH], "width", 'W', error);
    if (status == FERRY_OK)
        status = parse_side(&out->height, found[HEIGHT], "height", 'H', error);
    if (status == FERRY_OK)
        status = parse_rate(&out->rate, found[RATE], error);
    if (status == FERRY_OK)
        status = parse_sampling(out, found, error);
    if (status == FERRY_OK)
        status = measure(out, error);
    if (status == FERRY_OK)
        set_flags(out, found);
    return status;
}
