#include "image/unread.h"

#include "support/error.h"

#include <string.h>

/* The kinds that are read if the build has the libraries. */
#ifdef FERRY_WEBP
#define WEBP_TOO ", WebP"
#else
#define WEBP_TOO ""
#endif
#ifdef FERRY_TIFF
#define READ_TOO WEBP_TOO ", TIFF"
#else
#define READ_TOO WEBP_TOO
#endif

typedef enum { PICTURE, LEFT_OUT, RAW, DRAWING, VIDEO, ARCHIVE, PAGE } family;

static const char *const remedies[] = {
    [PICTURE] = "convert it to PNG or JPEG",
    [LEFT_OUT] =
        "convert it to PNG or JPEG, or use a build of Frameferry that has the library for it",
    [RAW] = "develop it, and save it as PNG or JPEG",
    [DRAWING] = "draw it as a PNG of the size that is needed",
    [VIDEO] =
        "let another program, such as ffmpeg, decode it and write its frames into standard input",
    [ARCHIVE] = "unpack it",
    [PAGE] = "save the picture itself, which the page shows or links to",
};

/* A file of such a kind has these bytes at this place. */
typedef struct mark {
    size_t at;
    const char *bytes;
    size_t length;
    const char *kind;
    family group;
} mark;

#define MARK(at, bytes, kind, family)                                                              \
    { at, bytes, sizeof(bytes) - 1, kind, family }

/* Sources: the kinds' own specifications; for ISO base media files (ftyp) the registered brands. */
static const mark marks[] = {
    MARK(8, "WEBP", "WebP", LEFT_OUT),
    MARK(8, "CR\2", "a camera's raw file (CR2)", RAW),
    MARK(0, "II*\0", "TIFF", LEFT_OUT),
    MARK(0, "MM\0*", "TIFF", LEFT_OUT),
    MARK(0, "II+\0", "BigTIFF", LEFT_OUT),
    MARK(0, "MM\0+", "BigTIFF", LEFT_OUT),
    MARK(0, "IIU\0", "a camera's raw file (RW2)", RAW),
    MARK(0, "IIRO", "a camera's raw file (ORF)", RAW),
    MARK(0, "IIRS", "a camera's raw file (ORF)", RAW),
    MARK(0, "MMOR", "a camera's raw file (ORF)", RAW),
    MARK(0, "FOVb", "a camera's raw file (X3F)", RAW),
    MARK(0, "\0MRM", "a camera's raw file (MRW)", RAW),
    MARK(6, "HEAPCCDR", "a camera's raw file (CRW)", RAW),
    MARK(0, "FUJIFILMCCD-RAW", "a camera's raw file (RAF)", RAW),
    MARK(4, "ftypavif", "AVIF", PICTURE),
    MARK(4, "ftypavis", "AVIF", PICTURE),
    MARK(4, "ftyphei", "HEIC", PICTURE),
    MARK(4, "ftyphev", "HEIC", PICTURE),
    MARK(4, "ftypmif1", "HEIC or AVIF", PICTURE),
    MARK(4, "ftypmsf1", "HEIC or AVIF", PICTURE),
    MARK(4, "ftypcrx ", "a camera's raw file (CR3)", RAW),
    MARK(4, "ftypqt  ", "a video (QuickTime)", VIDEO),
    MARK(4, "ftyp", "a video (MP4)", VIDEO),
    MARK(4, "moov", "a video (QuickTime)", VIDEO),
    MARK(4, "JXL \r\n\x87\n", "JPEG XL", PICTURE),
    MARK(0, "\xff\x0a", "JPEG XL", PICTURE),
    MARK(4, "jP  \r\n\x87\n", "JPEG 2000", PICTURE),
    MARK(0, "\xff\x4f\xff\x51", "JPEG 2000", PICTURE),
    MARK(0, "\xff\xd8\xff\xf7", "JPEG-LS", PICTURE),
    MARK(0, "8BPS", "PSD (Photoshop)", PICTURE),
    MARK(0, "gimp xcf", "XCF (GIMP)", PICTURE),
    MARK(0, "#?RADIANCE", "HDR (Radiance)", PICTURE),
    MARK(0, "#?RGBE", "HDR (Radiance)", PICTURE),
    MARK(0, "\x76\x2f\x31\x01", "OpenEXR", PICTURE),
    MARK(0, "\0\0\1\0", "an icon (ICO)", PICTURE),
    MARK(0, "\0\0\2\0", "a mouse pointer (CUR)", PICTURE),
    MARK(0, "icns", "an icon (ICNS)", PICTURE),
    MARK(0, "qoif", "QOI", PICTURE),
    MARK(0, "DDS ", "DDS", PICTURE),
    MARK(0, "farbfeld", "farbfeld", PICTURE),
    MARK(0, "PF\n", "PFM", PICTURE),
    MARK(0, "Pf\n", "PFM", PICTURE),
    MARK(0, "P7 332", "a thumbnail of xv", PICTURE),
    MARK(0, "II\xbc\1", "JPEG XR", PICTURE),
    MARK(0, "\x8aMNG\r\n\x1a\n", "MNG", PICTURE),
    MARK(0, "\x8bJNG\r\n\x1a\n", "JNG", PICTURE),
    MARK(0, "BPG\xfb", "BPG", PICTURE),
    MARK(0, "FLIF", "FLIF", PICTURE),
    MARK(0, "AT&TFORM", "DjVu", PICTURE),
    MARK(0, "SDPX", "DPX", PICTURE),
    MARK(0, "XPDS", "DPX", PICTURE),
    MARK(0, "\xabKTX ", "KTX", PICTURE),
    MARK(0, "id=ImageMagick", "MIFF (ImageMagick)", PICTURE),
    MARK(0, "/* XPM */", "XPM", PICTURE),
    MARK(0, "\x59\xa6\x6a\x95", "a Sun raster", PICTURE),
    MARK(0, "\1\xda\0\1", "SGI", PICTURE),
    MARK(0, "\1\xda\1\1", "SGI", PICTURE),
    MARK(0, "SIMPLE  =", "FITS", PICTURE),
    MARK(128, "DICM", "DICOM", PICTURE),
    MARK(0, "\x89HDF\r\n\x1a\n", "HDF5", PICTURE),
    MARK(0, "%PDF", "PDF", DRAWING),
    MARK(0, "%!PS", "PostScript", DRAWING),
    MARK(0, "\xc5\xd0\xd3\xc6", "PostScript", DRAWING),
    MARK(0, "\xd7\xcd\xc6\x9a", "WMF", DRAWING),
    MARK(40, " EMF", "EMF", DRAWING),
    MARK(0, "PK\3\4", "an archive (ZIP)", ARCHIVE),
    MARK(0, "\x1f\x8b\x08", "an archive (gzip)", ARCHIVE),
    MARK(8, "AVI ", "a video (AVI)", VIDEO),
    MARK(0, "\x1a\x45\xdf\xa3", "a video (Matroska or WebM)", VIDEO),
    MARK(0, "OggS", "a video (Ogg)", VIDEO),
    MARK(0, "FLV\1", "a video (Flash)", VIDEO),
    MARK(0, "\x30\x26\xb2\x75\x8e\x66\xcf\x11", "a video (WMV)", VIDEO),
    MARK(0, "\0\0\1\xba", "a video (MPEG)", VIDEO),
    MARK(0, "\0\0\1\xb3", "a video (MPEG)", VIDEO),
    MARK(0, "\0\0\0\1\x67", "a video (H.264)", VIDEO),
    MARK(0, "DKIF", "a video (IVF)", VIDEO),
    MARK(0, "YUV4MPEG2 ", "a video (YUV4MPEG2)", VIDEO),
};

/* RIFF and others have a length before their kind: the words in front have to be right too. */
static bool has_mark(ferryi_bytes bytes, const mark *m) {
    if (bytes.length < m->at + m->length || memcmp(bytes.data + m->at, m->bytes, m->length) != 0)
        return false;
    bool riff = m->at == 8 && (strcmp(m->bytes, "WEBP") == 0 || strcmp(m->bytes, "AVI ") == 0);
    bool tiff = m->at == 8 && !riff;
    bool icon = m->length == 4 && m->bytes[0] == 0 && m->bytes[1] == 0 && m->bytes[3] == 0;
    /* An icon's first entry has a byte that is 0 behind its size, and there are some entries, but
     * not many. */
    if (icon &&
        (bytes.length < 22 || bytes.data[4] == 0 || bytes.data[5] != 0 || bytes.data[9] != 0))
        return false;
    return (!riff || memcmp(bytes.data, "RIFF", 4) == 0) &&
           (!tiff || memcmp(bytes.data, "II*\0", 4) == 0);
}

enum { TEXT_READ = 1024 };

/* Whether a word, given in small letters, is at a place, in letters of either case. */
static bool has_word(ferryi_bytes bytes, size_t at, const char *word) {
    size_t length = strlen(word);
    if (bytes.length < length || at > bytes.length - length)
        return false;
    for (size_t i = 0; i < length; i++) {
        uint8_t c = bytes.data[at + i];
        if ((c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c) != word[i])
            return false;
    }
    return true;
}

/* HTML or, by the word <svg, which comes after what any XML may begin with, SVG; NULL: neither. */
static const char *text_kind(ferryi_bytes bytes, family *out) {
    static const char spaces[] = " \t\r\n";
    size_t at = (bytes.length >= 3 && memcmp(bytes.data, "\xef\xbb\xbf", 3) == 0) ? 3 : 0;
    while (at < bytes.length && at < TEXT_READ && bytes.data[at] != 0 &&
           strchr(spaces, bytes.data[at]) != NULL)
        at++;
    *out = PAGE;
    if (has_word(bytes, at, "<!doctype html") || has_word(bytes, at, "<html"))
        return "a web page (HTML)";
    *out = DRAWING;
    if (!has_word(bytes, at, "<"))
        return NULL;
    for (; at < bytes.length && at < TEXT_READ; at++)
        if (has_word(bytes, at, "<svg"))
            return "SVG";
    return NULL;
}

/* Transport streams have a packet every 188 bytes. */
static bool is_transport_stream(ferryi_bytes bytes) {
    return bytes.length > 2 * 188 && bytes.data[0] == 0x47 && bytes.data[188] == 0x47 &&
           bytes.data[2 * 188] == 0x47;
}

static const mark *find_mark(ferryi_bytes bytes) {
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++)
        if (has_mark(bytes, &marks[i]))
            return &marks[i];
    return NULL;
}

/* Many of them are TIFF files, which only their names tell from others. */
bool ferryi_unread_is_camera_raw(ferryi_bytes bytes, const char *name) {
    static const char *const endings[] = {".nef", ".arw", ".dng", ".pef", ".srw",
                                          ".nrw", ".cr2", ".3fr", ".iiq"};
    const mark *found = find_mark(bytes);
    if (found == NULL || found->group == RAW)
        return found != NULL;
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++)
        if (strcmp(found->kind, "TIFF") == 0 && ferryi_codec_name_ends_in(name, endings[i]))
            return true;
    return false;
}

static const char *kind_of(ferryi_bytes bytes, const char *name, family *out) {
    const mark *found = find_mark(bytes);
    bool raw = ferryi_unread_is_camera_raw(bytes, name);
    if (found != NULL) {
        *out = raw ? RAW : found->group;
        return raw && found->group != RAW ? "a camera's raw file" : found->kind;
    }
    *out = VIDEO;
    if (is_transport_stream(bytes))
        return "a video (MPEG transport stream)";
    return text_kind(bytes, out);
}

ferry_status ferryi_unread_refuse(ferryi_bytes bytes, const char *name, ferry_error *error) {
    family group;
    const char *kind = kind_of(bytes, name, &group);
    if (kind == NULL)
        return ferryi_fail(error, FERRY_UNREADABLE, 0,
                           "%.400s is not a picture (PNG, JPEG, BMP, TGA, PNM, GIF" READ_TOO ")",
                           name);
    return ferryi_fail(error, FERRY_UNREADABLE, 0, "%.400s is %s, which is not read: %s", name,
                       kind, remedies[group]);
}
