#include "codec.h"
#include "format.h"
#include "platform/file.h"
#include "support/error.h"
#include "support/needs.h"
#include "support/picture.h"

#include <errno.h>
#include <frameferry/image.h>
#include <stdlib.h>

/* TGA last, since it goes by the name: a PNG that is called x.tga is a PNG. */
static const ferryi_codec *const codecs[] = {&ferryi_codec_png, &ferryi_codec_jpeg,
                                             &ferryi_codec_bmp, &ferryi_codec_gif,
                                             &ferryi_codec_pnm, &ferryi_codec_tga};

enum {
    FIRST_READ = 65536, /* enough for most headers */
    /* The decoders count in int. The largest picture takes half of that with 8 bits. */
    FILE_MAX = INT32_MAX
};

typedef struct source {
    FILE *stream;
    const char *path;
    uint8_t *data;
    size_t length, capacity;
    bool ended;
} source;

static ferryi_bytes bytes_of(const source *s) {
    return (ferryi_bytes){s->data, s->length};
}

/* Reads on until there are up to so many bytes, or the file ends. */
static ferry_status read_up_to(source *s, size_t wanted, ferry_error *error) {
    if (wanted > s->capacity) {
        uint8_t *grown = realloc(s->data, wanted);
        if (grown == NULL)
            return ferryi_fail(error, FERRY_NO_MEMORY, 0, "no memory for %zu bytes of %.400s",
                               wanted, s->path);
        s->data = grown;
        s->capacity = wanted;
    }
    errno = 0;
    s->length += fread(s->data + s->length, 1, wanted - s->length, s->stream);
    if (ferror(s->stream))
        return ferryi_fail_errno(error, errno != 0 ? errno : EIO, "cannot read %.400s", s->path);
    s->ended = s->length < wanted;
    return FERRY_OK;
}

/* Reads as much again as there is. */
static ferry_status read_more(source *s, ferry_error *error) {
    if (s->length >= FILE_MAX)
        return ferryi_fail(error, FERRY_UNREADABLE, 0,
                           "%.400s is not read: the file has more than 2 GiB", s->path);
    size_t wanted = s->length < FILE_MAX / 2 ? s->length * 2 : FILE_MAX;
    return read_up_to(s, wanted, error);
}

static ferry_status find_codec(const source *s, const ferryi_codec **out, ferry_error *error) {
    if (s->length == 0)
        return ferryi_fail(error, FERRY_UNREADABLE, 0, "%.400s is empty", s->path);
    for (size_t i = 0; i < sizeof codecs / sizeof codecs[0]; i++)
        if (codecs[i]->matches(bytes_of(s), s->path)) {
            *out = codecs[i];
            return FERRY_OK;
        }
    return ferryi_fail(error, FERRY_UNREADABLE, 0,
                       "%.400s is not a picture (PNG, JPEG, BMP, TGA, PNM or GIF)", s->path);
}

static ferry_status unreadable(const source *s, const ferryi_codec *codec, const char *problem,
                               ferry_error *error) {
    return ferryi_fail(error, FERRY_UNREADABLE, 0, "%.400s cannot be read as %s: %s", s->path,
                       codec->name, problem);
}

/* Checks a size from a header and computes the layout that it makes. */
static ferry_status check_size(const source *s, const ferryi_codec *codec,
                               const ferryi_picture *picture, ferry_layout *layout,
                               ferry_error *error) {
    if (picture->width < 1 || picture->height < 1)
        return unreadable(s, codec, "it has no pixels", error);
    bool fits = picture->width <= FERRY_IMAGE_MAX_SIDE && picture->height <= FERRY_IMAGE_MAX_SIDE &&
                ferry_layout_compute(layout, picture->format, (int32_t)picture->width,
                                     (int32_t)picture->height, 0) == FERRY_OK &&
                layout->length_bytes <= FERRY_IMAGE_MAX_BYTES;
    if (fits)
        return FERRY_OK;
    return ferryi_fail(error, FERRY_UNREADABLE, 0,
                       "%.300s is not read: %lld x %lld pixels are more than the %d a side or %lld "
                       "bytes that are allowed",
                       s->path, (long long)picture->width, (long long)picture->height,
                       FERRY_IMAGE_MAX_SIDE, (long long)FERRY_IMAGE_MAX_BYTES);
}

/* Reads the header and what is needed for it. */
static ferry_status read_header(source *s, const ferryi_codec **codec, ferryi_picture *picture,
                                ferry_layout *layout, ferry_error *error) {
    ferry_status status = read_up_to(s, FIRST_READ, error);
    if (status == FERRY_OK)
        status = find_codec(s, codec, error);
    while (status == FERRY_OK) {
        *picture = (ferryi_picture){0};
        switch ((*codec)->header(bytes_of(s), picture)) {
        case FERRYI_HEADER_OK: return check_size(s, *codec, picture, layout, error);
        case FERRYI_HEADER_BAD: return unreadable(s, *codec, picture->problem, error);
        case FERRYI_HEADER_SHORT: break;
        }
        status = s->ended ? unreadable(s, *codec, FERRYI_CUT_SHORT, error) : read_more(s, error);
    }
    return status;
}

static ferry_status read_pixels(source *s, const ferryi_codec *codec, const ferryi_picture *picture,
                                const ferry_layout *layout, ferry_image *out, ferry_error *error) {
    ferry_status status = FERRY_OK;
    while (status == FERRY_OK && !s->ended)
        status = read_more(s, error);
    if (status != FERRY_OK)
        return status;
    const char *problem = codec->inspect != NULL ? codec->inspect(bytes_of(s), picture) : NULL;
    if (problem != NULL)
        return unreadable(s, codec, problem, error);
    status = ferryi_image_reserve(out, layout->length_bytes);
    if (status == FERRY_OK)
        status = codec->decode(bytes_of(s), picture, out->pixels);
    if (status == FERRY_UNREADABLE)
        return unreadable(s, codec, "it is damaged or cut short", error);
    if (status == FERRY_NO_MEMORY)
        return ferryi_fail(error, status, 0, "no memory for the %lld x %lld pixels of %.400s",
                           (long long)picture->width, (long long)picture->height, s->path);
    return status;
}

static ferry_status load(const char *path, ferry_image *out, bool with_pixels, ferry_error *error) {
    ferry_status status = ferryi_need(path, "path", error);
    if (status == FERRY_OK)
        status = ferryi_need(out, "out", error);
    if (status != FERRY_OK)
        return status;
    source s = {.path = path};
    const ferryi_codec *codec = NULL;
    ferryi_picture picture;
    ferry_layout layout;
    status = ferryi_file_open(&s.stream, path, error);
    if (status != FERRY_OK)
        return status;
    status = read_header(&s, &codec, &picture, &layout, error);
    if (status == FERRY_OK && with_pixels)
        status = read_pixels(&s, codec, &picture, &layout, out, error);
    fclose(s.stream);
    free(s.data);
    if (status != FERRY_OK)
        return status;
    out->info = (ferry_frame_info){0};
    ferryi_image_describe(&out->info, picture.format, &layout, (int32_t)picture.width,
                          (int32_t)picture.height);
    out->skipped = 0;
    return FERRY_OK;
}

ferry_status ferry_image_probe(const char *path, ferry_image *out, ferry_error *error) {
    return load(path, out, false, error);
}

ferry_status ferry_image_load(const char *path, ferry_image *out, ferry_error *error) {
    return load(path, out, true, error);
}
