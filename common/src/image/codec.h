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
} ferryi_bytes;

/* What a header says. Sizes are as they stand in the file: they may be 0 or far too large. */
typedef struct ferryi_picture {
    int64_t width, height;
    uint32_t format;     /* what loading gives */
    size_t offset;       /* where the header ends, in the sense of each codec */
    uint32_t maximum;    /* PNM: the value that means full intensity */
    const char *problem; /* for FERRYI_HEADER_BAD: why, as the end of a sentence */
} ferryi_picture;

typedef enum ferryi_header {
    FERRYI_HEADER_OK,
    FERRYI_HEADER_SHORT, /* more bytes are needed */
    FERRYI_HEADER_BAD
} ferryi_header;

typedef struct ferryi_codec {
    const char *name;

    /* The first bytes are those of such a file. name is that of the file. */
    bool (*matches)(ferryi_bytes bytes, const char *name);

    /* Reads as much as is needed for size and format. */
    ferryi_header (*header)(ferryi_bytes bytes, ferryi_picture *out);

    /* Looks through a file that has been read whole, before memory is taken for its picture: NULL
     * if nothing is wrong with it, else what. May be NULL. */
    const char *(*inspect)(ferryi_bytes bytes, const ferryi_picture *picture);

    /* Decodes to pixels, which have room for width x height in picture->format without padding:
     * FERRY_OK, FERRY_UNREADABLE or FERRY_NO_MEMORY. */
    ferry_status (*decode)(ferryi_bytes bytes, const ferryi_picture *picture, uint8_t *pixels);
} ferryi_codec;

extern const ferryi_codec ferryi_codec_png, ferryi_codec_jpeg, ferryi_codec_bmp, ferryi_codec_tga,
    ferryi_codec_gif, ferryi_codec_pnm;

/* The decode of the codecs that leave it to stb_image. They must have inspected the file. */
ferry_status ferryi_stb_decode(ferryi_bytes bytes, const ferryi_picture *picture, uint8_t *pixels);

/* What a file that ends too early is told. */
#define FERRYI_CUT_SHORT "it is cut short"

static inline ferryi_header ferryi_header_bad(ferryi_picture *out, const char *problem) {
    out->problem = problem;
    return FERRYI_HEADER_BAD;
}

static inline uint32_t ferryi_le16(const uint8_t *p) {
    return (uint32_t)p[0] | (uint32_t)p[1] << 8;
}

static inline uint32_t ferryi_le32(const uint8_t *p) {
    return ferryi_le16(p) | ferryi_le16(p + 2) << 16;
}

static inline uint32_t ferryi_be16(const uint8_t *p) {
    return (uint32_t)p[0] << 8 | (uint32_t)p[1];
}

static inline uint32_t ferryi_be32(const uint8_t *p) {
    return ferryi_be16(p) << 16 | ferryi_be16(p + 2);
}

#endif
