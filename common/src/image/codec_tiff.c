/* TIFF, by libtiff (its functions/ pages describe the calls; TIFF 6.0 the tags). The first one
 * of several pages is read. Plain pictures are read sample by sample, so that 16 bits stay 16 bits;
 * all others become RGB in libtiff. */
#include "image/codec.h"
#include "image/tiff_session.h"
#include "image/unread.h"

#include <frameferry/frame.h>
#include <stdlib.h>
#include <string.h>

enum { SAMPLES_MAX = 8, FIRST_SAMPLES_TILE = 1 << 26 };

/* How the pixels lie in the file. */
typedef struct stored {
    uint16_t photometric, bits, samples, kind, planar, compression;
    bool alpha, premultiplied;
    bool plain; /* gray or RGB, 8 or 16 bits a sample: read here */
} stored;

static bool matches(ferryi_bytes bytes, const char *name) {
    if (bytes.length < 8)
        return false;
    bool tiff = memcmp(bytes.data, "II*\0", 4) == 0 || memcmp(bytes.data, "MM\0*", 4) == 0 ||
                memcmp(bytes.data, "II+\0", 4) == 0 || memcmp(bytes.data, "MM\0+", 4) == 0;
    return tiff &&
           !ferryi_unread_is_camera_raw(bytes, name); /* which has a thumbnail for its first page */
}

static bool is_gray(const stored *s) {
    return s->photometric == PHOTOMETRIC_MINISBLACK || s->photometric == PHOTOMETRIC_MINISWHITE;
}

static uint32_t base_samples(const stored *s) {
    return is_gray(s) ? 1 : 3;
}

static void describe(TIFF *tiff, stored *out) {
    uint16_t extra_count = 0, *extra = NULL;
    *out = (stored){0};
    TIFFGetFieldDefaulted(tiff, TIFFTAG_BITSPERSAMPLE, &out->bits);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLESPERPIXEL, &out->samples);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLEFORMAT, &out->kind);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_PLANARCONFIG, &out->planar);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_COMPRESSION, &out->compression);
    if (TIFFGetField(tiff, TIFFTAG_PHOTOMETRIC, &out->photometric) == 0)
        out->photometric = out->samples >= 3 ? PHOTOMETRIC_RGB : PHOTOMETRIC_MINISBLACK;
    if (TIFFGetField(tiff, TIFFTAG_EXTRASAMPLES, &extra_count, &extra) != 0 && extra_count > 0) {
        out->premultiplied = extra[0] == EXTRASAMPLE_ASSOCALPHA;
        out->alpha = out->premultiplied || extra[0] == EXTRASAMPLE_UNASSALPHA;
    }
    bool known = is_gray(out) || out->photometric == PHOTOMETRIC_RGB;
    out->plain = known && (out->bits == 8 || out->bits == 16) &&
                 out->samples >= base_samples(out) &&
                 (out->kind == SAMPLEFORMAT_UINT || out->kind == SAMPLEFORMAT_VOID);
    out->alpha = out->alpha && out->plain && out->samples > base_samples(out);
}

static uint32_t format_of(const stored *s) {
    if (s->alpha)
        return FERRY_FORMAT_RGBA;
    if (s->plain && s->bits == 16)
        return is_gray(s) ? FERRY_FORMAT_GRAY16LE : FERRY_FORMAT_RGB48LE;
    return is_gray(s) ? FERRY_FORMAT_GRAY : FERRY_FORMAT_RGB24;
}

/* Why a sound file cannot be read; NULL: it can. */
static const char *refusal(ferryi_tiff_session *t, const stored *s) {
    const void *version = NULL;
    if (TIFFGetField(t->tiff, TIFFTAG_DNGVERSION, &version) != 0)
        return "it is a camera's raw file (DNG): develop it, and save it as PNG or JPEG";
    if (!TIFFIsCODECConfigured(s->compression))
        return "the libtiff of this computer does not know its compression";
    if (s->samples > SAMPLES_MAX)
        return "it has more than eight samples a pixel";
    if (s->plain)
        return NULL;
    char message[1024]; /* libtiff writes no more */
    TIFFRGBAImage image;
    if (!TIFFRGBAImageOK(t->tiff, message) || !TIFFRGBAImageBegin(&image, t->tiff, 1, message))
        return "its pixels are of a kind that is not read: convert it to PNG";
    bool has_reader = image.get != NULL && image.put.any != NULL;
    TIFFRGBAImageEnd(&image);
    return has_reader ? NULL : "its pixels are of a kind that is not read: convert it to PNG";
}

static ferryi_codec_result read_tags(ferryi_tiff_session *t, ferryi_picture *out) {
    stored s;
    uint32_t width = 0, height = 0;
    uint16_t orientation = 0;
    TIFFGetField(t->tiff, TIFFTAG_IMAGEWIDTH, &width);
    TIFFGetField(t->tiff, TIFFTAG_IMAGELENGTH, &height);
    describe(t->tiff, &s);
    out->problem = refusal(t, &s);
    out->width = width;
    out->height = height;
    out->format = format_of(&s);
    if (TIFFGetField(t->tiff, TIFFTAG_ORIENTATION, &orientation) != 0 && orientation <= 8)
        out->orientation = orientation;
    return out->problem == NULL ? FERRYI_CODEC_OK : FERRYI_CODEC_BAD;
}

/* The directory may lie anywhere, and often is the end of the file. */
static ferryi_codec_result header(ferryi_bytes bytes, ferryi_picture *out) {
    ferryi_tiff_session t;
    ferryi_codec_result result;
    if (ferryi_tiff_session_open(&t, bytes))
        result = read_tags(&t, out);
    else
        result =
            ferryi_codec_bad_header(out, t.beyond ? FERRYI_CUT_SHORT : "its directory is damaged");
    if (t.out_of_reach)
        result = FERRYI_CODEC_SHORT;
    ferryi_tiff_session_close(&t);
    return result;
}

/* Bytes that one may become at most, by compression; 0: there is no useful bound. Sources: the
 * specification of each. */
static uint64_t inflation_max(uint16_t compression) {
    switch (compression) {
    case COMPRESSION_NONE: return 1;
    case COMPRESSION_PACKBITS: return 64;
    case COMPRESSION_LZW: return 4096;
    case COMPRESSION_ADOBE_DEFLATE:
    case COMPRESSION_DEFLATE: return 1032;
    default: return 0;
    }
}

static uint64_t bytes_of_rows(const stored *s, const ferryi_picture *picture) {
    return ((uint64_t)picture->width * s->samples * s->bits + 7) / 8 * (uint64_t)picture->height;
}

/* Where the last strip or tile ends, and whether all of them can be so large a picture. Blocks may
 * share bytes, so the length of the file says nothing of that. */
static ferryi_codec_result check_blocks(ferryi_tiff_session *t, ferryi_picture *picture) {
    uint32_t count =
        TIFFIsTiled(t->tiff) ? TIFFNumberOfTiles(t->tiff) : TIFFNumberOfStrips(t->tiff);
    uint64_t total = 0, end = t->furthest;
    stored s;
    describe(t->tiff, &s);
    for (uint32_t i = 0; i < count && !t->out_of_reach; i++) {
        uint64_t at = TIFFGetStrileOffset(t->tiff, i), length = TIFFGetStrileByteCount(t->tiff, i);
        if (length > UINT64_MAX - at)
            return ferryi_codec_bad_header(picture, "its directory is damaged");
        end = at + length > end ? at + length : end;
        total += length < INT32_MAX ? length : INT32_MAX;
    }
    picture->end = end < SIZE_MAX ? (size_t)end : SIZE_MAX;
    if (t->out_of_reach || end > t->bytes.length)
        return FERRYI_CODEC_SHORT;
    uint64_t most = inflation_max(s.compression);
    bool subsampled = s.photometric == PHOTOMETRIC_YCBCR;
    if (count == 0 ||
        (most != 0 && total * most < bytes_of_rows(&s, picture) / (subsampled ? 8 : 1)))
        return ferryi_codec_bad_header(picture, FERRYI_CUT_SHORT);
    return FERRYI_CODEC_OK;
}

static ferryi_codec_result inspect(ferryi_bytes bytes, ferryi_picture *picture) {
    ferryi_tiff_session t;
    ferryi_codec_result result = ferryi_tiff_session_open(&t, bytes)
                                     ? check_blocks(&t, picture)
                                     : ferryi_codec_bad_header(picture, "its directory is damaged");
    ferryi_tiff_session_close(&t);
    return result;
}

/* ---- plain pictures ---- */

/* A strip or a tile: so much of the picture. */
typedef struct block {
    uint32_t x, y, width, height;
    uint16_t plane;   /* of the sample, where each has its own */
    size_t row_bytes; /* from row to row */
    size_t step;      /* samples from pixel to pixel */
    const uint8_t *data;
} block;

static uint32_t sample_at(const stored *s, const uint8_t *samples, size_t index) {
    uint16_t wide;
    if (s->bits == 8)
        return samples[index];
    memcpy(&wide, samples + 2 * index, sizeof wide); /* in the order of this machine */
    return wide;
}

static uint8_t to_byte(const stored *s, uint32_t sample) {
    return (uint8_t)(s->bits == 8 ? sample : (sample * 255 + 32767) / 65535);
}

/* Puts a sample where its pixel has it: gray in all colors of a picture with alpha. */
static void put(const stored *s, uint32_t format, uint8_t *pixel, uint32_t channel,
                uint32_t sample) {
    uint32_t base = base_samples(s);
    if (s->photometric == PHOTOMETRIC_MINISWHITE && channel == 0)
        sample = (s->bits == 8 ? 255u : 65535u) - sample;
    if (format == FERRY_FORMAT_GRAY16LE || format == FERRY_FORMAT_RGB48LE) {
        pixel[2 * channel] = (uint8_t)(sample & 255);
        pixel[2 * channel + 1] = (uint8_t)(sample >> 8);
    } else if (!s->alpha) {
        pixel[channel] = to_byte(s, sample);
    } else if (channel == base) {
        pixel[3] = to_byte(s, sample);
    } else {
        pixel[channel] = to_byte(s, sample);
        if (base == 1)
            pixel[1] = pixel[2] = pixel[0];
    }
}

static void take_block(const stored *s, const ferryi_picture *picture, const block *b,
                       uint8_t *pixels) {
    uint32_t used = base_samples(s) + (s->alpha ? 1 : 0);
    bool apart = s->planar == PLANARCONFIG_SEPARATE && s->samples > 1;
    size_t pixel_bytes = ferry_format_bit_count(picture->format) / 8;
    uint32_t right = b->x + b->width < picture->width ? b->x + b->width : (uint32_t)picture->width;
    uint32_t below =
        b->y + b->height < picture->height ? b->y + b->height : (uint32_t)picture->height;
    for (uint32_t y = b->y; y < below; y++) {
        const uint8_t *row = b->data + (y - b->y) * b->row_bytes;
        uint8_t *out = pixels + ((size_t)y * (size_t)picture->width + b->x) * pixel_bytes;
        for (uint32_t x = b->x; x < right; x++, out += pixel_bytes)
            for (uint32_t c = apart ? b->plane : 0; c < (apart ? b->plane + 1u : used); c++)
                put(s, picture->format, out, c,
                    sample_at(s, row, (x - b->x) * b->step + (apart ? 0 : c)));
    }
}

static void unmultiply(uint8_t *pixels, size_t count) {
    for (uint8_t *p = pixels; count > 0; count--, p += 4)
        for (int i = 0; i < 3 && p[3] != 0; i++) {
            uint32_t color = (p[i] * 255u + p[3] / 2u) / p[3];
            p[i] = (uint8_t)(color < 255 ? color : 255);
        }
}

/* Block number i of those that libtiff counts: planes after each other, in each from left to right
 * and down. */
static block place_of(TIFF *tiff, const stored *s, const ferryi_picture *picture, uint32_t i) {
    block b = {.width = (uint32_t)picture->width};
    bool apart = s->planar == PLANARCONFIG_SEPARATE && s->samples > 1;
    uint32_t height = (uint32_t)picture->height, across = 1, down;
    if (TIFFIsTiled(tiff)) {
        TIFFGetField(tiff, TIFFTAG_TILEWIDTH, &b.width);
        TIFFGetField(tiff, TIFFTAG_TILELENGTH, &b.height);
        across = ((uint32_t)picture->width - 1) / b.width + 1;
        b.row_bytes = (size_t)TIFFTileRowSize(tiff);
    } else {
        TIFFGetFieldDefaulted(tiff, TIFFTAG_ROWSPERSTRIP, &b.height);
        b.height = b.height < height ? b.height : height;
        b.row_bytes = (size_t)TIFFScanlineSize(tiff);
    }
    down = (height - 1) / b.height + 1;
    b.plane = (uint16_t)(i / (across * down));
    b.x = i % (across * down) % across * b.width;
    b.y = i % (across * down) / across * b.height;
    b.step = apart ? 1 : s->samples;
    return b;
}

static ferry_status read_blocks(TIFF *tiff, const stored *s, const ferryi_picture *picture,
                                uint8_t *buffer, tmsize_t size, uint8_t *pixels) {
    bool tiled = TIFFIsTiled(tiff) != 0;
    uint32_t count = tiled ? TIFFNumberOfTiles(tiff) : TIFFNumberOfStrips(tiff);
    uint32_t used = base_samples(s) + (s->alpha ? 1 : 0);
    for (uint32_t i = 0; i < count; i++) {
        block b = place_of(tiff, s, picture, i);
        if (b.plane >= used && s->planar == PLANARCONFIG_SEPARATE)
            break;
        tmsize_t read = tiled ? TIFFReadEncodedTile(tiff, i, buffer, size)
                              : TIFFReadEncodedStrip(tiff, i, buffer, size);
        uint32_t rows =
            tiled || b.y + b.height < picture->height ? b.height : (uint32_t)picture->height - b.y;
        if (read < 0 || (uint64_t)read < (uint64_t)rows * b.row_bytes)
            return FERRY_UNREADABLE;
        b.data = buffer;
        take_block(s, picture, &b, pixels);
    }
    return FERRY_OK;
}

static ferry_status decode_plain(TIFF *tiff, const stored *s, const ferryi_picture *picture,
                                 uint8_t *pixels) {
    tmsize_t size = TIFFIsTiled(tiff) ? TIFFTileSize(tiff) : TIFFStripSize(tiff);
    uint64_t most = 4 * bytes_of_rows(s, picture) + FIRST_SAMPLES_TILE;
    if (size <= 0 || (uint64_t)size > most)
        return FERRY_UNREADABLE;
    uint8_t *buffer = calloc(1, (size_t)size);
    if (buffer == NULL)
        return FERRY_NO_MEMORY;
    ferry_status status = read_blocks(tiff, s, picture, buffer, size, pixels);
    if (status == FERRY_OK && s->premultiplied && s->alpha)
        unmultiply(pixels, (size_t)picture->width * (size_t)picture->height);
    free(buffer);
    return status;
}

/* ---- all others ---- */

/* Asked for the picture's own orientation, libtiff turns nothing. */
static ferry_status decode_any(TIFF *tiff, const ferryi_picture *picture, uint8_t *pixels) {
    size_t count = (size_t)picture->width * (size_t)picture->height;
    uint16_t orientation = ORIENTATION_TOPLEFT;
    uint32_t *raster = calloc(count, sizeof *raster);
    if (raster == NULL)
        return FERRY_NO_MEMORY;
    TIFFGetFieldDefaulted(tiff, TIFFTAG_ORIENTATION, &orientation);
    int read = TIFFReadRGBAImageOriented(tiff, (uint32_t)picture->width, (uint32_t)picture->height,
                                         raster, orientation, 1);
    bool gray = picture->format == FERRY_FORMAT_GRAY;
    for (size_t i = 0; read != 0 && i < count; i++) {
        *pixels++ = (uint8_t)TIFFGetR(raster[i]);
        if (gray)
            continue;
        *pixels++ = (uint8_t)TIFFGetG(raster[i]);
        *pixels++ = (uint8_t)TIFFGetB(raster[i]);
    }
    free(raster);
    return read != 0 ? FERRY_OK : FERRY_UNREADABLE;
}

static ferry_status decode(ferryi_bytes bytes, ferryi_picture *picture, uint8_t *pixels) {
    ferryi_tiff_session t;
    stored s;
    ferry_status status = FERRY_UNREADABLE;
    if (ferryi_tiff_session_open(&t, bytes)) {
        describe(t.tiff, &s);
        t.damaged = false; /* faults in tags that are not needed are no damage to the pixels */
        status = s.plain ? decode_plain(t.tiff, &s, picture, pixels)
                         : decode_any(t.tiff, picture, pixels);
    }
    if (t.damaged)
        status = FERRY_UNREADABLE;
    ferryi_tiff_session_close(&t);
    return status;
}

const ferryi_codec ferryi_codec_tiff = {"TIFF", matches, header, inspect, decode};
