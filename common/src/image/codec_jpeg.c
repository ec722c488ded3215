/* JPEG (ITU-T T.81). stb_image decodes; the segments are checked here, because some releases of it
 * write a Huffman table with too many codes past its end. */
#include "codec.h"

#include <frameferry/frame.h>

enum {
    SOF0 = 0xc0, /* baseline; SOF1 is extended, SOF2 progressive; the others are rare */
    SOF2 = 0xc2,
    DHT = 0xc4,
    JPG = 0xc8,
    DAC = 0xcc,
    SOF15 = 0xcf,
    RST0 = 0xd0,
    RST7 = 0xd7,
    SOI = 0xd8,
    EOI = 0xd9,
    SOS = 0xda,
    /* Encoders write about ten scans. Each one costs a pass over the picture, however short it is,
     * so that a small file with thousands of them would keep the decoder busy for hours. */
    SCANS_MAX = 128
};

static bool matches(ferryi_bytes bytes, const char *name) {
    (void)name;
    return bytes.length >= 3 && bytes.data[0] == 0xff && bytes.data[1] == SOI &&
           bytes.data[2] == 0xff;
}

static bool is_frame(uint8_t marker) {
    return marker >= SOF0 && marker <= SOF15 && marker != DHT && marker != JPG && marker != DAC;
}

/* Goes on to the next marker at or after *at and steps over it; bytes between are padding or coded
 * pixels, in which 0xff is followed by 0 or a restart marker. False at the end of the bytes. */
static bool next_marker(ferryi_bytes bytes, size_t *at, uint8_t *marker) {
    for (size_t i = *at; i + 1 < bytes.length; i++) {
        uint8_t next = bytes.data[i + 1];
        if (bytes.data[i] != 0xff || next == 0 || next == 0xff || (next >= RST0 && next <= RST7))
            continue;
        *marker = next;
        *at = i + 2;
        return true;
    }
    return false;
}

/* The segment after a marker: its data without the length. False when it is not all there. */
static bool segment_at(ferryi_bytes bytes, size_t at, ferryi_bytes *out) {
    if (bytes.length - at < 2)
        return false;
    uint32_t length = ferryi_be16(bytes.data + at);
    if (length < 2 || bytes.length - at < length)
        return false;
    *out = (ferryi_bytes){bytes.data + at + 2, length - 2};
    return true;
}

static ferryi_header read_frame(uint8_t marker, ferryi_bytes frame, ferryi_picture *out) {
    if (marker > SOF2 || frame.length < 6 || frame.data[0] != 8)
        return ferryi_header_bad(out, "only baseline and progressive JPEG with 8 bits can be read");
    uint32_t components = frame.data[5];
    if (components != 1 && components != 3 && components != 4)
        return ferryi_header_bad(out, "its header is damaged");
    out->height = ferryi_be16(frame.data + 1);
    out->width = ferryi_be16(frame.data + 3);
    out->format = components == 1 ? FERRY_FORMAT_GRAY : FERRY_FORMAT_RGB24;
    return FERRYI_HEADER_OK;
}

static ferryi_header header(ferryi_bytes bytes, ferryi_picture *out) {
    size_t at = 2;
    uint8_t marker;
    ferryi_bytes segment;
    while (next_marker(bytes, &at, &marker)) {
        if (marker == SOS || marker == EOI)
            return ferryi_header_bad(out, "it has no frame header");
        if (!segment_at(bytes, at, &segment))
            return FERRYI_HEADER_SHORT;
        if (is_frame(marker))
            return read_frame(marker, segment, out);
        at += segment.length + 2;
    }
    return FERRYI_HEADER_SHORT;
}

/* Each table: its place, how many codes there are of 1 to 16 bits, the codes' values. The codes of
 * one length follow those of the length before, and must not run out. */
static bool huffman_tables_are_sound(ferryi_bytes tables) {
    size_t at = 0;
    while (at < tables.length) {
        if (tables.length - at < 17)
            return false;
        uint32_t total = 0, code = 0;
        for (uint32_t bits = 1; bits <= 16; bits++) {
            uint32_t count = tables.data[at + bits];
            total += count;
            code = code * 2 + count;
            if (code > UINT32_C(1) << bits)
                return false;
        }
        if (total > 256 || tables.length - at - 17 < total)
            return false;
        at += 17 + total;
    }
    return true;
}

static const char *inspect(ferryi_bytes bytes, const ferryi_picture *picture) {
    (void)picture;
    size_t at = 2, scans = 0;
    uint8_t marker;
    ferryi_bytes segment;
    while (next_marker(bytes, &at, &marker)) {
        if (marker == EOI)
            return scans != 0 ? NULL : "it holds no picture";
        if (!segment_at(bytes, at, &segment))
            return FERRYI_CUT_SHORT;
        if (marker == DHT && !huffman_tables_are_sound(segment))
            return "a table in it is damaged";
        if (marker == SOS && ++scans > SCANS_MAX)
            return "it has more scans than any encoder writes";
        at += segment.length + 2;
    }
    return FERRYI_CUT_SHORT;
}

const ferryi_codec ferryi_codec_jpeg = {"JPEG", matches, header, inspect, ferryi_stb_decode};
