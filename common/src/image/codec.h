/* Picture files, one codec for each kind. A codec gets the bytes of a file, trusts none of them,
 * and says in plain words what is wrong. Any thread; no state beyond the arguments. */
#ifndef FERRYI_IMAGE_CODEC_H
#define FERRYI_IMAGE_CODEC_H

#include <frameferry/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The bytes of a file that have been read so far, from its first one. */
typedef struct ferryi_bytes {
    const uint8_t *data;
    size_t length;
    bool ended; /* there are no more */
} ferryi_bytes;

/* A picture as its file describes it. The sizes come from the file: they may be 0 or far too
 * large. */
typedef struct ferryi_picture {
    int64_t width, height; /* as it is stored, before it is turned */
    uint32_t format;       /* what decoding gives */
    uint32_t orientation;  /* as EXIF has it, 1 to 8; 0: nothing is said */
    size_t offset;         /* where the header ends, in the sense of each codec */
    size_t end;            /* inspect: how many bytes of the file the picture takes */
    const char *problem;   /* why reading failed, as the end of a sentence, or NULL */
} ferryi_picture;

typedef enum ferryi_codec_result {
    FERRYI_CODEC_OK,
    FERRYI_CODEC_SHORT, /* more bytes are needed */
    FERRYI_CODEC_BAD
} ferryi_codec_result;

typedef struct ferryi_codec {
    const char *name;

    /* The first bytes are those of such a file. name is that of the file. */
    bool (*matches)(ferryi_bytes bytes, const char *name);

    /* Reads as much as is needed for size, format and orientation. */
    ferryi_codec_result (*header)(ferryi_bytes bytes, ferryi_picture *out);

    /* Looks through the pixels' part of the file, before memory is taken for them: whether all that
     * they need is there, where it ends, and whether so many bytes can be so large a picture.
     * header has been here. */
    ferryi_codec_result (*inspect)(ferryi_bytes bytes, ferryi_picture *picture);

    /* Decodes to pixels, which have room for width x height in picture->format without padding:
     * FERRY_OK, FERRY_UNREADABLE (with picture->problem, or because of any damage),
     * FERRY_NO_MEMORY. bytes are those that inspect found to be needed. */
    ferry_status (*decode)(ferryi_bytes bytes, ferryi_picture *picture, uint8_t *pixels);
} ferryi_codec;

extern const ferryi_codec ferryi_codec_png, ferryi_codec_jpeg, ferryi_codec_bmp, ferryi_codec_tga,
    ferryi_codec_gif, ferryi_codec_pnm;
extern const ferryi_codec ferryi_codec_webp,
    ferryi_codec_tiff; /* where the build has their libraries */

/* Looks through the bytes of a JPEG file, from its first mark to its end, without decoding them:
 * what is wrong with them, as the end of a sentence; NULL: nothing. */
const char *ferryi_codec_jpeg_problem(const uint8_t *bytes, size_t length);

/* Makes rgba pixels opaque if none of them has any opacity: the file's fourth channel was not meant
 * as alpha then. */
void ferryi_codec_mend_alpha(uint8_t *pixels, size_t count);

/* Whether a file's name ends in, say, ".tga", in letters of either case. */
bool ferryi_codec_name_ends_in(const char *name, const char *ending);

/* The problem of a file that ends too early. */
#define FERRYI_CUT_SHORT "it is cut short"

static inline ferryi_codec_result ferryi_codec_bad_header(ferryi_picture *out,
                                                          const char *problem) {
    out->problem = problem;
    return FERRYI_CODEC_BAD;
}

static inline uint32_t ferryi_codec_le16(const uint8_t *p) {
    return (uint32_t)p[0] | (uint32_t)p[1] << 8;
}

static inline uint32_t ferryi_codec_le32(const uint8_t *p) {
    return ferryi_codec_le16(p) | ferryi_codec_le16(p + 2) << 16;
}

static inline uint32_t ferryi_codec_be16(const uint8_t *p) {
    return (uint32_t)p[0] << 8 | (uint32_t)p[1];
}

static inline uint32_t ferryi_codec_be32(const uint8_t *p) {
    return ferryi_codec_be16(p) << 16 | ferryi_codec_be16(p + 2);
}

#endif
