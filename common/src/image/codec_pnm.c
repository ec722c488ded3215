/* PNM, the binary kinds P5 (gray) and P6 (RGB), as the Netpbm manual describes them. Read here and
 * not by stb_image, which ignores the maximum value, gets 16-bit files in the wrong byte order, and
 * takes what is missing from a file for a picture. */
#include "codec.h"

#include <frameferry/frame.h>

static bool is_space(uint8_t c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool matches(ferryi_bytes bytes, const char *name) {
    (void)name;
    return bytes.length >= 3 && bytes.data[0] == 'P' && bytes.data[1] >= '1' &&
           bytes.data[1] <= '7' && (is_space(bytes.data[2]) || bytes.data[2] == '#');
}

/* Reads a number and the byte behind it, which must be white space. Comments may come before. */
static ferryi_header read_number(ferryi_bytes bytes, size_t *at, int64_t *out) {
    size_t i = *at;
    bool comment = false;
    while (i < bytes.length && (comment || is_space(bytes.data[i]) || bytes.data[i] == '#')) {
        comment =
            (comment || bytes.data[i] == '#') && bytes.data[i] != '\n' && bytes.data[i] != '\r';
        i++;
    }
    int64_t value = 0;
    size_t digits = 0;
    for (; i < bytes.length && bytes.data[i] >= '0' && bytes.data[i] <= '9'; i++, digits++) {
        if (digits == 9) /* far above every limit, and far from an overflow */
            return FERRYI_HEADER_BAD;
        value = value * 10 + (bytes.data[i] - '0');
    }
    if (i == bytes.length)
        return FERRYI_HEADER_SHORT;
    if (digits == 0 || !is_space(bytes.data[i]))
        return FERRYI_HEADER_BAD;
    *at = i + 1;
    *out = value;
    return FERRYI_HEADER_OK;
}

static ferryi_header header(ferryi_bytes bytes, ferryi_picture *out) {
    uint8_t kind = bytes.data[1];
    if (kind != '5' && kind != '6')
        return ferryi_header_bad(out, "only the kinds P5 and P6 of PNM can be read");
    size_t at = 2;
    int64_t numbers[3];
    for (size_t i = 0; i < 3; i++) {
        ferryi_header read = read_number(bytes, &at, &numbers[i]);
        if (read == FERRYI_HEADER_SHORT)
            return read;
        if (read == FERRYI_HEADER_BAD)
            return ferryi_header_bad(out, "its header is damaged");
    }
    if (numbers[2] < 1 || numbers[2] > 65535)
        return ferryi_header_bad(out, "its header is damaged");
    out->width = numbers[0];
    out->height = numbers[1];
    out->maximum = (uint32_t)numbers[2];
    out->offset = at;
    if (kind == '6')
        out->format = FERRY_FORMAT_RGB24;
    else
        out->format = out->maximum > 255 ? FERRY_FORMAT_GRAY16LE : FERRY_FORMAT_GRAY;
    return FERRYI_HEADER_OK;
}

static uint64_t sample_count(const ferryi_picture *picture) {
    uint64_t channels = picture->format == FERRY_FORMAT_RGB24 ? 3 : 1;
    return (uint64_t)picture->width * (uint64_t)picture->height * channels;
}

static const char *inspect(ferryi_bytes bytes, const ferryi_picture *picture) {
    uint64_t sample_bytes = picture->maximum > 255 ? 2 : 1;
    if (bytes.length - picture->offset < sample_count(picture) * sample_bytes)
        return FERRYI_CUT_SHORT;
    return NULL;
}

static uint32_t scaled(uint32_t value, uint32_t maximum, uint32_t full) {
    value = value < maximum ? value : maximum;
    return (value * full + maximum / 2) / maximum;
}

static ferry_status decode(ferryi_bytes bytes, const ferryi_picture *picture, uint8_t *pixels) {
    const uint8_t *in = bytes.data + picture->offset;
    uint64_t count = sample_count(picture);
    uint32_t maximum = picture->maximum;
    for (uint64_t i = 0; i < count; i++) {
        uint32_t value = maximum > 255 ? ferryi_be16(in + 2 * i) : in[i];
        if (picture->format == FERRY_FORMAT_GRAY16LE) {
            value = scaled(value, maximum, 65535);
            pixels[2 * i] = (uint8_t)value;
            pixels[2 * i + 1] = (uint8_t)(value >> 8);
        } else {
            pixels[i] = (uint8_t)scaled(value, maximum, 255);
        }
    }
    return FERRY_OK;
}

const ferryi_codec ferryi_codec_pnm = {"PNM", matches, header, inspect, decode};
