#include "image/exif.h"

#include <string.h>

enum { TIFF_HEADER = 8, ENTRY = 12, TAG_ORIENTATION = 0x0112, TYPE_SHORT = 3, TYPE_LONG = 4 };

typedef struct reader {
    ferryi_bytes bytes;
    bool big_endian;
} reader;

static uint32_t read16(const reader *r, size_t at) {
    return r->big_endian ? ferryi_codec_be16(r->bytes.data + at)
                         : ferryi_codec_le16(r->bytes.data + at);
}

static uint32_t read32(const reader *r, size_t at) {
    return r->big_endian ? ferryi_codec_be32(r->bytes.data + at)
                         : ferryi_codec_le32(r->bytes.data + at);
}

/* The value of an entry, which the specification wants short, and some programs write long; 0: it
 * is something else. */
static uint32_t value_at(const reader *r, size_t entry) {
    switch (read16(r, entry + 2)) {
    case TYPE_SHORT: return read16(r, entry + 8);
    case TYPE_LONG: return read32(r, entry + 8);
    default: return 0;
    }
}

/* The entries of the first directory: a tag, a type, a count, and the value where it fits. */
static uint32_t find_orientation(const reader *r, size_t at) {
    size_t count = read16(r, at);
    at += 2;
    for (size_t i = 0; i < count && r->bytes.length - at >= ENTRY; i++, at += ENTRY) {
        if (read16(r, at) != TAG_ORIENTATION)
            continue;
        uint32_t value = value_at(r, at);
        return value <= FERRYI_ORIENTATIONS ? value : 0;
    }
    return 0;
}

uint32_t ferryi_exif_orientation(ferryi_bytes exif) {
    if (exif.length < TIFF_HEADER)
        return 0;
    reader r = {exif, exif.data[0] == 'M'};
    if (memcmp(exif.data, r.big_endian ? "MM\0*" : "II*\0", 4) != 0)
        return 0;
    size_t at = read32(&r, 4);
    if (exif.length < 2 || at > exif.length - 2)
        return 0;
    return find_orientation(&r, at);
}
