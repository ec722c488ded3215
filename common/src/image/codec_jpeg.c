/* JPEG (ITU-T T.81). The segments are walked through here, for size and orientation, for the end of
 * the file, and to see whether it can hold so large a picture. A library decodes it (jpeg.h). */
#include "image/codec.h"
#include "image/exif.h"
#include "image/jpeg.h"

#include <frameferry/frame.h>
#include <string.h>

enum {
    TEM = 0x01,
    SOF0 = 0xc0, /* baseline; SOF1 is extended, SOF2 progressive; the others are rare */
    SOF2 = 0xc2,
    DHT = 0xc4,
    JPG = 0xc8,
    SOF9 = 0xc9, /* the first one with arithmetic coding */
    SOF10 = 0xca,
    DAC = 0xcc,
    SOF15 = 0xcf,
    RST0 = 0xd0,
    RST7 = 0xd7,
    SOI = 0xd8,
    EOI = 0xd9,
    SOS = 0xda,
    APP1 = 0xe1,
    APP14 = 0xee,
    COMPONENTS_MAX = 4,
    /* Encoders write about ten scans. Each one costs a pass over the picture, however short it is,
     * so that a small file with thousands of them would keep the decoder busy for hours. */
    SCANS_MAX = 128,
    /* The most that a block's 64 numbers take: 32 bits each, a zero behind each byte, a restart. */
    BLOCK_BYTES_MAX = 64 * 4 * 2 + 2,
    GAP_MAX = 1 << 17 /* of padding between segments: a file with more is no JPEG */
};

static bool matches(ferryi_bytes bytes, const char *name) {
    (void)name;
    return bytes.length >= 3 && bytes.data[0] == 0xff && bytes.data[1] == SOI &&
           bytes.data[2] == 0xff;
}

static bool is_frame(uint8_t marker) {
    return marker >= SOF0 && marker <= SOF15 && marker != DHT && marker != JPG && marker != DAC;
}

/* Markers that stand alone, and in coded pixels mean nothing here. */
static bool stands_alone(uint8_t marker) {
    return marker == 0 || marker == 0xff || marker == TEM || marker == SOI ||
           (marker >= RST0 && marker <= RST7);
}

/* Goes on to the next marker at or after *at that has a segment, or is the end, and steps over it;
 * bytes between are padding or coded pixels. False at the end of the bytes. */
static bool next_marker(ferryi_bytes bytes, size_t *at, uint8_t *marker) {
    size_t i = *at;
    while (i + 1 < bytes.length) {
        const uint8_t *found = memchr(bytes.data + i, 0xff, bytes.length - 1 - i);
        if (found == NULL)
            return false;
        i = (size_t)(found - bytes.data) + 1;
        if (stands_alone(bytes.data[i]))
            continue;
        *marker = bytes.data[i];
        *at = i + 1;
        return true;
    }
    return false;
}

/* The segment after a marker: its data without the length. False when it is not all there. */
static bool segment_at(ferryi_bytes bytes, size_t at, ferryi_bytes *out) {
    if (bytes.length - at < 2)
        return false;
    uint32_t length = ferryi_codec_be16(bytes.data + at);
    if (length < 2 || bytes.length - at < length)
        return false;
    *out = (ferryi_bytes){bytes.data + at + 2, length - 2, true};
    return true;
}

static ferryi_codec_result read_frame(uint8_t marker, ferryi_bytes frame, ferryi_picture *out) {
    bool known =
        marker <= SOF2 || ((marker == SOF9 || marker == SOF10) && ferryi_jpeg_has_arithmetic);
    if (!known || frame.length < 6 || frame.data[0] != 8)
        return ferryi_codec_bad_header(
            out, "only baseline and progressive JPEG with 8 bits can be read");
    uint32_t components = frame.data[5];
    if (components != 1 && components != 3 && components != 4)
        return ferryi_codec_bad_header(out, "only JPEG in gray, color or CMYK can be read");
    if (frame.length < 6 + 3 * (size_t)components)
        return ferryi_codec_bad_header(out, "its header is damaged");
    out->height = ferryi_codec_be16(frame.data + 1);
    out->width = ferryi_codec_be16(frame.data + 3);
    out->format = components == 1 ? FERRY_FORMAT_GRAY : FERRY_FORMAT_RGB24;
    return FERRYI_CODEC_OK;
}

static const uint8_t exif_mark[] = {'E', 'x', 'i', 'f', 0, 0};

static void read_orientation(ferryi_bytes segment, ferryi_picture *out) {
    if (segment.length < sizeof exif_mark || memcmp(segment.data, exif_mark, sizeof exif_mark) != 0)
        return;
    ferryi_bytes exif = {segment.data + sizeof exif_mark, segment.length - sizeof exif_mark, true};
    out->orientation = ferryi_exif_orientation(exif);
}

/* As far as the first scan: EXIF may stand behind the frame's header. */
static ferryi_codec_result header(ferryi_bytes bytes, ferryi_picture *out) {
    size_t at = 2;
    uint8_t marker;
    ferryi_bytes segment;
    while (next_marker(bytes, &at, &marker)) {
        if (marker == EOI || (marker == SOS && out->format == 0))
            return ferryi_codec_bad_header(out, "it has no frame header");
        if (!segment_at(bytes, at, &segment))
            return FERRYI_CODEC_SHORT;
        if (marker == SOS) {
            out->offset = at;
            return FERRYI_CODEC_OK;
        }
        if (is_frame(marker) && read_frame(marker, segment, out) != FERRYI_CODEC_OK)
            return FERRYI_CODEC_BAD;
        if (marker == APP1 && out->orientation == 0)
            read_orientation(segment, out);
        at += segment.length + 2;
    }
    if (bytes.length - at > GAP_MAX)
        return ferryi_codec_bad_header(out, "it is damaged or cut short");
    return FERRYI_CODEC_SHORT;
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

/* Collected on the way to the end of the file. */
typedef struct walk {
    uint8_t frame_marker;
    uint8_t frame[6 + 3 * COMPONENTS_MAX]; /* precision, height, width, components: identifier,
                                              sampling, table */
    uint32_t seen;                         /* a bit for each component that has a scan */
    size_t scans;
    bool has_tables; /* DHT */
    bool is_adobe;
} walk;

static uint32_t component_count(const walk *w) {
    return w->frame[5];
}

static void note_scan(ferryi_bytes scan, walk *w) {
    w->scans++;
    size_t count = scan.length > 0 ? scan.data[0] : 0;
    for (size_t i = 0; i < count && 2 + 2 * i < scan.length; i++)
        for (uint32_t c = 0; c < component_count(w); c++)
            if (w->frame[6 + 3 * c] == scan.data[1 + 2 * i])
                w->seen |= 1u << c;
}

static const char *note_segment(uint8_t marker, ferryi_bytes segment, walk *w) {
    if (is_frame(marker)) {
        if (w->frame_marker != 0)
            return "it has two frame headers";
        w->frame_marker = marker;
        memcpy(w->frame, segment.data,
               segment.length < sizeof w->frame ? segment.length : sizeof w->frame);
    } else if (marker == DHT) {
        w->has_tables = true;
        return huffman_tables_are_sound(segment) ? NULL : "a table in it is damaged";
    } else if (marker == APP14 && segment.length >= 12 && memcmp(segment.data, "Adobe", 5) == 0) {
        w->is_adobe = true;
    } else if (marker == SOS) {
        note_scan(segment, w);
        if (w->scans > SCANS_MAX)
            return "it has more scans than any encoder writes";
    }
    return NULL;
}

static uint64_t ceil_div(uint64_t value, uint64_t by) {
    return (value + by - 1) / by;
}

/* The blocks of 8 x 8 of all components. Sampling factors are 1 to 4, and say how many samples a
 * component has beside the others. */
static uint64_t block_count(const walk *w, const ferryi_picture *picture) {
    uint64_t blocks = 0;
    uint32_t h_max = 1, v_max = 1;
    for (uint32_t c = 0; c < component_count(w); c++) {
        uint32_t h = w->frame[7 + 3 * c] >> 4, v = w->frame[7 + 3 * c] & 15;
        h_max = h > h_max ? h : h_max;
        v_max = v > v_max ? v : v_max;
    }
    for (uint32_t c = 0; c < component_count(w); c++) {
        uint32_t h = w->frame[7 + 3 * c] >> 4, v = w->frame[7 + 3 * c] & 15;
        blocks += ceil_div((uint64_t)picture->width * h, 8 * (uint64_t)h_max) *
                  ceil_div((uint64_t)picture->height * v, 8 * (uint64_t)v_max);
    }
    return blocks;
}

/* The least that coded pixels take: two codes of a bit for each block, or one in progressive files,
 * whose first scan has one number a block. There is no such bound with arithmetic coding. */
static bool has_room_for_pixels(const walk *w, const ferryi_picture *picture, size_t bytes) {
    if (w->frame_marker > SOF2)
        return true;
    uint64_t bits = block_count(w, picture) * (w->frame_marker == SOF2 ? 1 : 2);
    return bytes >= bits / 8;
}

static ferryi_codec_result judge(const walk *w, size_t end, ferryi_picture *picture) {
    picture->end = end;
    if (w->scans == 0)
        return ferryi_codec_bad_header(picture, "it holds no picture");
    if (w->seen != (1u << component_count(w)) - 1 ||
        !has_room_for_pixels(w, picture, end - picture->offset))
        return ferryi_codec_bad_header(picture, FERRYI_CUT_SHORT);
    picture->problem = ferryi_jpeg_refusal(w->has_tables, component_count(w) == 4 && !w->is_adobe);
    return picture->problem == NULL ? FERRYI_CODEC_OK : FERRYI_CODEC_BAD;
}

/* No marker comes any more. A file whose end marker alone is missing is read: cameras write such,
 * and the decoder sees whether pixels are missing. With arithmetic coding it cannot see that. The
 * file may be padded; last: how many bytes there are behind its last segment. */
static ferryi_codec_result judge_without_end(const walk *w, ferryi_bytes bytes, size_t last,
                                             ferryi_picture *picture) {
    uint64_t most = w->scans > 0 ? block_count(w, picture) * BLOCK_BYTES_MAX : UINT64_MAX;
    bool is_all = last > most;
    if (w->scans == 0 || (!bytes.ended && !is_all))
        return FERRYI_CODEC_SHORT;
    if (w->frame_marker > SOF2)
        return ferryi_codec_bad_header(picture, FERRYI_CUT_SHORT);
    return judge(w, is_all ? bytes.length - last + (size_t)most : bytes.length, picture);
}

static ferryi_codec_result inspect(ferryi_bytes bytes, ferryi_picture *picture) {
    size_t at = 2;
    uint8_t marker;
    ferryi_bytes segment;
    walk w = {0};
    while (next_marker(bytes, &at, &marker)) {
        if (marker == EOI)
            return judge(&w, at, picture);
        if (!segment_at(bytes, at, &segment))
            break;
        const char *problem = note_segment(marker, segment, &w);
        if (problem != NULL)
            return ferryi_codec_bad_header(picture, problem);
        at += segment.length + 2;
    }
    return judge_without_end(&w, bytes, bytes.length - at, picture);
}

const ferryi_codec ferryi_codec_jpeg = {"JPEG", matches, header, inspect, ferryi_jpeg_decode};

const char *ferryi_codec_jpeg_problem(const uint8_t *data, size_t length) {
    const ferryi_bytes bytes = {data, length, true};
    ferryi_picture picture = {0};
    if (!matches(bytes, ""))
        return "it does not begin as one";
    ferryi_codec_result result = header(bytes, &picture);
    if (result == FERRYI_CODEC_OK)
        result = inspect(bytes, &picture);
    if (result == FERRYI_CODEC_OK)
        return NULL;
    return picture.problem != NULL ? picture.problem : FERRYI_CUT_SHORT;
}
