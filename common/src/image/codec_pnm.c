/* PNM and PAM, as the Netpbm manual describes them: P1 to P3 in letters, P4 to P6 in bytes, P7 with
 * a header of lines.
 */
#include "image/codec.h"

#include <frameferry/frame.h>
#include <string.h>

static bool is_space(uint8_t c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_digit(uint8_t c) {
    return c >= '0' && c <= '9';
}

/* Behind P7 there is nothing else in its line: "P7 332" begins a thumbnail of xv. */
static bool matches(ferryi_bytes bytes, const char *name) {
    (void)name;
    if (bytes.length < 3 || bytes.data[0] != 'P' || bytes.data[1] < '1' || bytes.data[1] > '7')
        return false;
    uint8_t next = bytes.data[2];
    return bytes.data[1] == '7' ? next == '\n' || next == '\r' : is_space(next) || next == '#';
}

enum { LINE_MAX_BYTES = 1 << 15 }; /* far more than any line of P7: no gigabytes of zeros */

typedef struct pnm {
    uint8_t kind; /* '1' to '7' */
    int64_t width, height, channels, maximum;
    bool other_colors; /* P7: it says that its samples are neither gray nor RGB */
    size_t samples_at;
} pnm;

/* Steps over white space and comments, which go to the end of their line. */
static void step_over_space(ferryi_bytes bytes, size_t *at) {
    bool comment = false;
    for (; *at < bytes.length; (*at)++) {
        uint8_t c = bytes.data[*at];
        if (c == 0 || (!comment && !is_space(c) && c != '#')) /* comments are text */
            return;
        comment = (comment || c == '#') && c != '\n' && c != '\r';
    }
}

/* Steps over the one byte behind a number, which is white space, or the comment that stands for it,
 * with its end of line. */
static ferryi_codec_result step_over_one(ferryi_bytes bytes, size_t *at) {
    if (*at == bytes.length)
        return FERRYI_CODEC_SHORT;
    uint8_t c = bytes.data[(*at)++];
    if (c != '#')
        return is_space(c) ? FERRYI_CODEC_OK : FERRYI_CODEC_BAD;
    while (*at < bytes.length && bytes.data[*at] != 0)
        if (bytes.data[(*at)++] == '\n')
            return FERRYI_CODEC_OK;
    if (*at < bytes.length)
        return FERRYI_CODEC_BAD;
    return FERRYI_CODEC_SHORT;
}

/* Reads a number that may have white space and comments before it, and nothing behind it. */
static ferryi_codec_result read_number(ferryi_bytes bytes, size_t *at, int64_t *out) {
    int64_t value = 0;
    size_t digits = 0;
    step_over_space(bytes, at);
    for (; *at < bytes.length && is_digit(bytes.data[*at]); (*at)++, digits++) {
        if (digits == 9) /* far above every limit, and far from an overflow */
            return FERRYI_CODEC_BAD;
        value = value * 10 + (bytes.data[*at] - '0');
    }
    if (*at == bytes.length && (digits == 0 || !bytes.ended))
        return FERRYI_CODEC_SHORT;
    *out = value;
    return digits == 0 ? FERRYI_CODEC_BAD : FERRYI_CODEC_OK;
}

static ferryi_codec_result read_numbers(ferryi_bytes bytes, pnm *out) {
    int64_t *const numbers[] = {&out->width, &out->height, &out->maximum};
    bool has_maximum = out->kind != '1' && out->kind != '4';
    size_t at = 2;
    for (size_t i = 0; i < (has_maximum ? 3u : 2u); i++) {
        ferryi_codec_result read = read_number(bytes, &at, numbers[i]);
        if (read == FERRYI_CODEC_OK)
            read = step_over_one(bytes, &at);
        if (read != FERRYI_CODEC_OK)
            return read;
    }
    if (!has_maximum)
        out->maximum = 1;
    out->channels = out->kind == '3' || out->kind == '6' ? 3 : 1;
    out->samples_at = at;
    return FERRYI_CODEC_OK;
}

static bool begins_with(ferryi_bytes line, const char *word) {
    size_t length = strlen(word);
    return line.length >= length && memcmp(line.data, word, length) == 0 &&
           (line.length == length || is_space(line.data[length]));
}

/* Whether TUPLTYPE names samples that their number alone would name alike. */
static bool is_known_tuple(ferryi_bytes line) {
    static const char *const known[] = {"BLACKANDWHITE", "GRAYSCALE", "RGB"};
    size_t at = strlen("TUPLTYPE");
    while (at < line.length && is_space(line.data[at]))
        at++;
    while (line.length > at && is_space(line.data[line.length - 1]))
        line.length--;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        ferryi_bytes rest = {line.data + at, line.length - at, true};
        size_t length = strlen(known[i]);
        if (rest.length < length || memcmp(rest.data, known[i], length) != 0)
            continue;
        rest = (ferryi_bytes){rest.data + length, rest.length - length, true};
        if (rest.length == 0 || (rest.length == 6 && memcmp(rest.data, "_ALPHA", 6) == 0))
            return true;
    }
    return at == line.length;
}

/* A line of P7: a word and its value. */
static ferryi_codec_result read_line(ferryi_bytes line, pnm *out) {
    const struct {
        const char *word;
        int64_t *value;
    } numbers[] = {{"WIDTH", &out->width},
                   {"HEIGHT", &out->height},
                   {"DEPTH", &out->channels},
                   {"MAXVAL", &out->maximum}};
    line.ended = true;
    if (begins_with(line, "TUPLTYPE"))
        out->other_colors = !is_known_tuple(line);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        size_t at = strlen(numbers[i].word);
        if (begins_with(line, numbers[i].word))
            return read_number(line, &at, numbers[i].value) == FERRYI_CODEC_OK ? FERRYI_CODEC_OK
                                                                               : FERRYI_CODEC_BAD;
    }
    return FERRYI_CODEC_OK;
}

static ferryi_codec_result read_lines(ferryi_bytes bytes, pnm *out) {
    for (size_t at = 3; at < bytes.length;) {
        const uint8_t *end = memchr(bytes.data + at, '\n', bytes.length - at);
        if (end == NULL)
            return bytes.length - at > LINE_MAX_BYTES ? FERRYI_CODEC_BAD : FERRYI_CODEC_SHORT;
        ferryi_bytes line = {bytes.data + at, (size_t)(end - bytes.data) - at, true};
        at += line.length + 1;
        if (begins_with(line, "ENDHDR")) {
            out->samples_at = at;
            return FERRYI_CODEC_OK;
        }
        if (read_line(line, out) != FERRYI_CODEC_OK)
            return FERRYI_CODEC_BAD;
    }
    return FERRYI_CODEC_SHORT;
}

static uint32_t format_of(const pnm *p) {
    bool deep = p->maximum > 255;
    switch (p->channels) {
    case 1: return deep ? FERRY_FORMAT_GRAY16LE : FERRY_FORMAT_GRAY;
    case 3: return deep ? FERRY_FORMAT_RGB48LE : FERRY_FORMAT_RGB24;
    default: return FERRY_FORMAT_RGBA;
    }
}

static ferryi_codec_result read_fields(ferryi_bytes bytes, pnm *out, ferryi_picture *picture) {
    *out = (pnm){.kind = bytes.data[1]};
    ferryi_codec_result read = out->kind == '7' ? read_lines(bytes, out) : read_numbers(bytes, out);
    if (read == FERRYI_CODEC_SHORT)
        return read;
    if (read == FERRYI_CODEC_BAD || out->maximum < 1 || out->maximum > 65535)
        return ferryi_codec_bad_header(picture, "its header is damaged");
    if (out->channels < 1 || out->channels > 4)
        return ferryi_codec_bad_header(picture, "only PAM with 1 to 4 samples a pixel can be read");
    if (out->other_colors)
        return ferryi_codec_bad_header(picture, "only PAM in gray or RGB can be read");
    return FERRYI_CODEC_OK;
}

static ferryi_codec_result header(ferryi_bytes bytes, ferryi_picture *out) {
    pnm p;
    ferryi_codec_result read = read_fields(bytes, &p, out);
    if (read != FERRYI_CODEC_OK)
        return read;
    out->width = p.width;
    out->height = p.height;
    out->format = format_of(&p);
    out->offset = p.samples_at;
    return FERRYI_CODEC_OK;
}

static uint64_t sample_count(const pnm *p) {
    return (uint64_t)p->width * (uint64_t)p->height * (uint64_t)p->channels;
}

/* The next sample of P1, P2 or P3. Those of P1 are single letters. */
static ferryi_codec_result read_letters(ferryi_bytes bytes, const pnm *p, size_t *at,
                                        uint32_t *out) {
    if (p->kind == '1') {
        step_over_space(bytes, at);
        if (*at == bytes.length)
            return FERRYI_CODEC_SHORT;
        uint8_t c = bytes.data[(*at)++];
        *out = c == '0'; /* 1 is black */
        return c == '0' || c == '1' ? FERRYI_CODEC_OK : FERRYI_CODEC_BAD;
    }
    int64_t value = 0;
    ferryi_codec_result read = read_number(bytes, at, &value);
    *out = (uint32_t)(value < p->maximum ? value : p->maximum);
    return read;
}

/* The samples of P4 are bits, with rows of whole bytes. */
static uint64_t bit_row_bytes(const pnm *p) {
    return ((uint64_t)p->width + 7) / 8;
}

static ferryi_codec_result inspect_letters(ferryi_bytes bytes, const pnm *p,
                                           ferryi_picture *picture) {
    size_t at = p->samples_at;
    uint32_t value;
    for (uint64_t i = 0, count = sample_count(p); i < count; i++) {
        ferryi_codec_result read = read_letters(bytes, p, &at, &value);
        if (read == FERRYI_CODEC_SHORT)
            return read;
        if (read == FERRYI_CODEC_BAD)
            return ferryi_codec_bad_header(picture, "something in it is no number");
    }
    picture->end = at;
    return FERRYI_CODEC_OK;
}

static ferryi_codec_result inspect(ferryi_bytes bytes, ferryi_picture *picture) {
    pnm p;
    ferryi_codec_result read = read_fields(bytes, &p, picture);
    if (read != FERRYI_CODEC_OK)
        return read;
    /* A sample takes two letters at least, or one of P1. */
    uint64_t bytes_needed = sample_count(&p) * (p.maximum > 255 ? 2 : 1);
    if (p.kind == '4')
        bytes_needed = bit_row_bytes(&p) * (uint64_t)p.height;
    else if (p.kind < '4')
        bytes_needed = sample_count(&p) * (p.kind == '1' ? 1 : 2) - 1;
    picture->end = p.samples_at + (size_t)bytes_needed;
    if (bytes.length - p.samples_at < bytes_needed)
        return FERRYI_CODEC_SHORT;
    return p.kind < '4' ? inspect_letters(bytes, &p, picture) : FERRYI_CODEC_OK;
}

/* ---- samples, one after the other ---- */

typedef struct samples {
    ferryi_bytes bytes;
    const pnm *p;
    size_t at;
    int64_t x; /* P4: in the row */
} samples;

static uint32_t next_sample(samples *s) {
    uint32_t value = 0;
    if (s->p->kind < '4') {
        read_letters(s->bytes, s->p, &s->at, &value); /* inspect has read all of them */
        return value;
    }
    if (s->p->kind == '4') {
        value = (s->bytes.data[s->at] >> (7 - s->x % 8) & 1) == 0;
        s->x++;
        if (s->x % 8 == 0 || s->x == s->p->width)
            s->at++;
        s->x = s->x == s->p->width ? 0 : s->x;
        return value;
    }
    value = s->p->maximum > 255 ? ferryi_codec_be16(s->bytes.data + s->at) : s->bytes.data[s->at];
    s->at += s->p->maximum > 255 ? 2 : 1;
    return value < s->p->maximum ? value : (uint32_t)s->p->maximum;
}

static uint32_t scaled(uint32_t value, int64_t maximum, uint32_t full) {
    return (value * full + (uint32_t)maximum / 2) / (uint32_t)maximum;
}

static ferry_status decode(ferryi_bytes bytes, ferryi_picture *picture, uint8_t *pixels) {
    pnm p;
    if (read_fields(bytes, &p, picture) != FERRYI_CODEC_OK)
        return FERRY_UNREADABLE;
    if (p.kind > '4' && p.maximum == 255 && p.channels != 2) {
        memcpy(pixels, bytes.data + p.samples_at, (size_t)sample_count(&p));
        return FERRY_OK;
    }
    samples from = {bytes, &p, p.samples_at, 0};
    bool deep = picture->format == FERRY_FORMAT_GRAY16LE || picture->format == FERRY_FORMAT_RGB48LE;
    bool gray_alpha = p.channels == 2;
    uint8_t *out = pixels;
    for (uint64_t i = 0, count = sample_count(&p); i < count; i++) {
        uint32_t value = scaled(next_sample(&from), p.maximum, deep ? 65535 : 255);
        *out++ = (uint8_t)value;
        if (deep)
            *out++ = (uint8_t)(value >> 8);
        if (gray_alpha && i % 2 == 0) {
            *out++ = (uint8_t)value;
            *out++ = (uint8_t)value;
        }
    }
    return FERRY_OK;
}

const ferryi_codec ferryi_codec_pnm = {"PNM", matches, header, inspect, decode};
