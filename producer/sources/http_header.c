#include "sources/http_header.h"

#include <string.h>

#include "host/inside.h"

#define FLAGS_KNOWN                                                                                \
    ((uint32_t)(FERRY_FRAME_CORRUPT | FERRY_FRAME_STAMP_START | FERRY_FRAME_STAMP_END |            \
                FERRY_FRAME_HAS_SEQUENCE | FERRY_FRAME_KEY))

/* The part of a value that is still to be read. */
typedef struct cursor {
    const char *at;
    const char *end;
} cursor;

/* ---- numbers ---- */

/* A number in digits, without a sign, that is not above most. */
static bool take_decimal(cursor *c, uint64_t most, uint64_t *out) {
    uint64_t value = 0;
    const char *begin = c->at;
    for (; c->at < c->end && *c->at >= '0' && *c->at <= '9'; c->at++) {
        uint64_t digit = (uint64_t)(*c->at - '0');
        if (value > (most - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    *out = value;
    return c->at > begin;
}

static bool take_word(cursor *c, uint32_t *out) {
    uint64_t value = 0;
    bool is_number = take_decimal(c, UINT32_MAX, &value);
    *out = (uint32_t)value;
    return is_number;
}

static bool take_side(cursor *c, int32_t *out) {
    uint64_t value = 0;
    bool is_number = take_decimal(c, INT32_MAX, &value);
    *out = (int32_t)value;
    return is_number && value > 0;
}

static bool take_mark(cursor *c, char mark) {
    if (c->at == c->end || *c->at != mark)
        return false;
    c->at++;
    return true;
}

static int hex_digit(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Exactly so many hexadecimal digits. */
static bool take_hex(cursor *c, size_t digits, uint64_t *out) {
    uint64_t value = 0;
    if ((size_t)(c->end - c->at) < digits)
        return false;
    for (size_t i = 0; i < digits; i++) {
        int digit = hex_digit(*c->at++);
        if (digit < 0)
            return false;
        value = value << 4 | (uint64_t)digit;
    }
    *out = value;
    return true;
}

/* ---- fields ---- */

static bool read_length(http_answer *a, cursor *c) {
    return take_decimal(c, INT64_MAX, &a->body_bytes);
}

static bool read_frame(http_answer *a, cursor *c) {
    return take_decimal(c, UINT64_MAX, &a->frame) && a->frame > 0;
}

static bool read_generation(http_answer *a, cursor *c) {
    return take_hex(c, 16, &a->generation);
}

static bool read_fourcc(http_answer *a, cursor *c) {
    uint64_t code = 0;
    bool is_code = take_hex(c, 8, &code);
    a->info.format = (uint32_t)code;
    return is_code;
}

static bool read_size(http_answer *a, cursor *c) {
    return take_side(c, &a->info.width) && take_mark(c, 'x') && take_side(c, &a->info.height);
}

static bool read_bit_count(http_answer *a, cursor *c) {
    return take_word(c, &a->info.bit_count);
}

static bool read_stride(http_answer *a, cursor *c) {
    return take_word(c, &a->info.stride_bytes);
}

static bool read_planes(http_answer *a, cursor *c) {
    ferry_frame_info *info = &a->info;
    for (uint32_t i = 0; i < FERRY_PLANES_MAX; i++) {
        if (i > 0 && !take_mark(c, ','))
            return false;
        if (!take_word(c, &info->plane_offset_bytes[i]) || !take_mark(c, ':') ||
            !take_word(c, &info->plane_stride_bytes[i]))
            return false;
        info->plane_count = i + 1;
        if (c->at == c->end)
            return true;
    }
    return false;
}

static bool read_color(http_answer *a, cursor *c) {
    ferry_frame_info *info = &a->info;
    uint32_t *const places[] = {&info->color_matrix, &info->color_primaries, &info->color_transfer,
                                &info->color_range,  &info->chroma_site,     &info->field_order};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
        if ((i > 0 && !take_mark(c, ' ')) || !take_word(c, places[i]))
            return false;
    return true;
}

/* A ratio that is known has a denominator. */
static bool read_ratio(cursor *c, uint32_t *num, uint32_t *den) {
    return take_word(c, num) && take_mark(c, '/') && take_word(c, den) && (*num == 0 || *den != 0);
}

static bool read_rate(http_answer *a, cursor *c) {
    return read_ratio(c, &a->info.frame_rate_num, &a->info.frame_rate_den);
}

static bool read_aspect(http_answer *a, cursor *c) {
    return read_ratio(c, &a->info.pixel_aspect_num, &a->info.pixel_aspect_den);
}

/* Flags that a newer program may set say nothing here. */
static bool read_flags(http_answer *a, cursor *c) {
    bool is_number = take_word(c, &a->info.flags);
    a->info.flags &= FLAGS_KNOWN;
    return is_number;
}

static bool read_sequence(http_answer *a, cursor *c) {
    return take_decimal(c, UINT64_MAX, &a->info.sequence);
}

static bool read_exposure(http_answer *a, cursor *c) {
    return take_decimal(c, UINT64_MAX, &a->info.exposure_ns);
}

static bool read_capture(http_answer *a, cursor *c) {
    return take_decimal(c, INT64_MAX, &a->info.capture_ns);
}

static bool read_received(http_answer *a, cursor *c) {
    return take_decimal(c, INT64_MAX, &a->received_ns);
}

static bool read_sent(http_answer *a, cursor *c) {
    return take_decimal(c, INT64_MAX, &a->sent_ns);
}

static int base64_digit(char c) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *found = c == '\0' ? NULL : strchr(digits, c);
    return found == NULL ? -1 : (int)(found - digits);
}

/* Source: RFC 4648, 4, with the signs at its end, and without any others. */
static bool read_metadata(http_answer *a, cursor *c) {
    size_t count = (size_t)(c->end - c->at);
    if (count % 4 != 0 || count / 4 * 3 > FERRY_METADATA_MAX + 2)
        return false;
    size_t signs = count > 0 && c->end[-1] == '=' ? 1u + (c->end[-2] == '=') : 0;
    uint32_t used = 0;
    for (size_t i = 0; i < count; i += 4) {
        uint32_t bits = 0;
        size_t bytes = i + 4 == count ? 3 - signs : 3;
        for (size_t k = 0; k < 4; k++) {
            int digit = k <= bytes ? base64_digit(c->at[i + k]) : 0;
            if (digit < 0)
                return false;
            bits = bits << 6 | (uint32_t)digit;
        }
        if (used + bytes > FERRY_METADATA_MAX)
            return false;
        for (size_t k = 0; k < bytes; k++)
            a->info.metadata[used++] = (uint8_t)(bits >> (16 - 8 * k));
    }
    a->info.metadata_bytes = used;
    c->at = c->end;
    return true;
}

/* The table of fields. Other fields are for people, or for browsers. */
enum {
    FIELD_LENGTH,
    FIELD_FRAME,
    FIELD_GENERATION,
    FIELD_FOURCC,
    FIELD_SIZE,
    FIELD_RECEIVED,
    FIELD_SENT,
    FIELD_OTHERS
};

static const struct field {
    const char *name;
    bool (*read)(http_answer *a, cursor *c);
} fields[] = {
    [FIELD_LENGTH] = {"Content-Length", read_length},
    [FIELD_FRAME] = {"Ferry-Frame", read_frame},
    [FIELD_GENERATION] = {"Ferry-Generation", read_generation},
    [FIELD_FOURCC] = {"Ferry-Fourcc", read_fourcc},
    [FIELD_SIZE] = {"Ferry-Size", read_size},
    [FIELD_RECEIVED] = {"Ferry-Received-Ns", read_received},
    [FIELD_SENT] = {"Ferry-Sent-Ns", read_sent},
    [FIELD_OTHERS] = {"Ferry-Bit-Count", read_bit_count},
    {"Ferry-Stride", read_stride},
    {"Ferry-Planes", read_planes},
    {"Ferry-Color", read_color},
    {"Ferry-Rate", read_rate},
    {"Ferry-Aspect", read_aspect},
    {"Ferry-Flags", read_flags},
    {"Ferry-Sequence", read_sequence},
    {"Ferry-Exposure-Ns", read_exposure},
    {"Ferry-Capture-Ns", read_capture},
    {"Ferry-Metadata", read_metadata},
};
#define FIELD_COUNT (sizeof fields / sizeof fields[0])

static bool has(const http_answer *answer, unsigned field) {
    return (answer->seen >> field & 1) != 0;
}

/* ---- lines ---- */

static char lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool is_name(const char *line, size_t length, const char *name) {
    if (strlen(name) != length)
        return false;
    for (size_t i = 0; i < length; i++)
        if (lower(line[i]) != lower(name[i]))
            return false;
    return true;
}

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* "HTTP/1.1 200 OK"; another version has another number behind the slash. */
static bool read_status(const char *line, size_t length, int *status) {
    static const char begin[] = "HTTP/";
    const char *blank = memchr(line, ' ', length);
    uint64_t value = 0;
    if (length < sizeof begin - 1 || memcmp(line, begin, sizeof begin - 1) != 0 || blank == NULL)
        return false;
    cursor c = {.at = blank + 1, .end = line + length};
    if (!take_decimal(&c, 999, &value) || (c.at < c.end && !is_blank(*c.at)))
        return false;
    *status = (int)value;
    return true;
}

static void take_field(http_answer *answer, unsigned index, cursor value) {
    bool is_first = !has(answer, index);
    answer->seen |= (uint32_t)1 << index;
    if ((!is_first || !fields[index].read(answer, &value) || value.at != value.end) &&
        answer->wrong == NULL)
        answer->wrong = fields[index].name;
}

bool http_answer_take(http_answer *answer, const char *line, size_t length) {
    int status = 0;
    if (length > HTTP_HEADERS_MAX - answer->total_bytes)
        return false;
    size_t total_bytes = answer->total_bytes + length;
    if (read_status(line, length, &status))
        *answer = (http_answer){.status = status};
    answer->total_bytes = total_bytes;
    const char *colon = memchr(line, ':', length);
    if (colon == NULL)
        return true;
    cursor value = {.at = colon + 1, .end = line + length};
    while (value.at < value.end && is_blank(*value.at))
        value.at++;
    while (value.end > value.at && is_blank(value.end[-1]))
        value.end--;
    for (unsigned i = 0; i < FIELD_COUNT; i++)
        if (is_name(line, (size_t)(colon - line), fields[i].name))
            take_field(answer, i, value);
    return true;
}

bool http_answer_has_times(const http_answer *answer) {
    return has(answer, FIELD_RECEIVED) && has(answer, FIELD_SENT) && answer->wrong == NULL;
}

/* ---- the whole answer ---- */

static void forget_shape(ferry_frame_info *info) {
    info->bit_count = 0;
    info->stride_bytes = 0;
    info->plane_count = 0;
    memset(info->plane_offset_bytes, 0, sizeof info->plane_offset_bytes);
    memset(info->plane_stride_bytes, 0, sizeof info->plane_stride_bytes);
}

/* Whether the picture that the description makes is in the body. Of a format without a name nothing
 * is known but its length. */
static bool is_possible(const ferry_frame_info *info) {
    ferry_layout layout;
    if (ferry_format_is_compressed(info->format))
        return info->bit_count == 0 && info->stride_bytes == 0 && info->plane_count == 0;
    if (ferry_format_name(info->format) == NULL) {
        for (uint32_t i = 0; i < info->plane_count; i++)
            if (info->plane_offset_bytes[i] >= info->length_bytes)
                return false;
        return true;
    }
    return (info->bit_count == 0 || info->bit_count == ferry_format_bit_count(info->format)) &&
           ferry_layout_of(&layout, info) == FERRY_OK && layout.length_bytes <= info->length_bytes;
}

ferry_status http_answer_check(http_answer *answer, bool is_exact, ferry_error *error) {
    ferry_frame_info *info = &answer->info;
    if (answer->wrong != NULL)
        return ferryi_fail(error, FERRY_UNREADABLE, 0, "the header %s is wrong, or came twice",
                           answer->wrong);
    for (unsigned i = FIELD_LENGTH; i <= FIELD_SIZE; i++)
        if (!has(answer, i))
            return ferryi_fail(error, FERRY_UNREADABLE, 0, "there is no header %s", fields[i].name);
    if (answer->body_bytes == 0)
        return ferryi_fail(error, FERRY_UNREADABLE, 0, "the frame has no bytes");
    if (answer->body_bytes > INT32_MAX)
        return ferryi_fail(error, FERRY_TOO_LARGE, 0, "a frame of %llu bytes exceeds 2 GiB",
                           (unsigned long long)answer->body_bytes);
    if (!is_exact) {
        forget_shape(info);
        return FERRY_OK;
    }
    info->length_bytes = (uint32_t)answer->body_bytes;
    if (!is_possible(info))
        return ferryi_fail(error, FERRY_UNREADABLE, 0,
                           "%d x %d pixels in such rows and planes are no frame of %llu bytes",
                           (int)info->width, (int)info->height,
                           (unsigned long long)answer->body_bytes);
    return FERRY_OK;
}
