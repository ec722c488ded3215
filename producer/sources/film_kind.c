#include "sources/film_kind.h"

#include <stdbool.h>
#include <string.h>

#define TS_PACKET_BYTES 188

/* Sources: the kinds' own specifications; for ISO base media files (ftyp) the registered brands. */
const char *film_kind(const uint8_t *bytes, size_t count) {
    static const struct {
        size_t offset;
        const char *magic;
        size_t length;
        const char *kind; /* NULL: a picture */
    } known[] = {
        {4, "ftypavi", 7, NULL},         {4, "ftyphei", 7, NULL},
        {4, "ftyphev", 7, NULL},         {4, "ftypmif1", 8, NULL},
        {4, "ftypmsf1", 8, NULL},        {4, "ftypcrx ", 8, NULL},
        {4, "ftypqt  ", 8, "QuickTime"}, {4, "ftyp", 4, "MP4"},
        {4, "moov", 4, "QuickTime"},     {8, "AVI ", 4, "AVI"},
        {0, "OggS", 4, "Ogg"},           {0, "\x1a\x45\xdf\xa3", 4, "Matroska or WebM"},
        {0, "FLV\1", 4, "Flash"},        {0, "\x30\x26\xb2\x75", 4, "WMV"},
        {0, "\0\0\1\xba", 4, "MPEG"},    {0, "\0\0\1\xb3", 4, "MPEG"},
        {0, "\0\0\0\1\x67", 5, "H.264"}, {0, "DKIF", 4, "IVF"},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (count >= known[i].offset + known[i].length &&
            memcmp(bytes + known[i].offset, known[i].magic, known[i].length) == 0 &&
            (known[i].offset != 8 || memcmp(bytes, "RIFF", 4) == 0))
            return known[i].kind;
    /* Packets of a fixed length, each of which begins with the same byte. */
    bool is_transport = count > 2 * TS_PACKET_BYTES;
    for (size_t at = 0; is_transport && at <= 2 * TS_PACKET_BYTES; at += TS_PACKET_BYTES)
        is_transport = bytes[at] == 0x47;
    return is_transport ? "MPEG transport stream" : NULL;
}
