#include "frame/format.h"
#include "image/codec.h"
#include "image/exif.h"
#include "image/orient.h"
#include "image/unread.h"
#include "platform/file.h"
#include "support/error.h"
#include "support/need.h"

#include <errno.h>
#include <frameferry/frame.h>
#include <frameferry/image.h>
#include <stdlib.h>
#include <string.h>

/* TGA is last, since it goes by the name: a PNG that is called x.tga is a PNG. */
static const ferryi_codec *const codecs[] = {
    &ferryi_codec_png,  &ferryi_codec_jpeg, &ferryi_codec_bmp, &ferryi_codec_gif, &ferryi_codec_pnm,
#ifdef FERRY_WEBP
    &ferryi_codec_webp,
#endif
#ifdef FERRY_TIFF
    &ferryi_codec_tiff,
#endif
    &ferryi_codec_tga};

enum {
    FIRST_READ = 65536, /* enough for most headers */
    /* A header that claims so many bytes for each one of its file is not believed by itself. */
    UNLIKELY = 64,
    /* The decoders count in int. The largest picture takes half of that with 8 bits. */
    FILE_MAX = INT32_MAX
};

/* A file that is read as far as it is needed, or bytes that are all there. */
typedef struct source {
    FILE *stream;     /* NULL: bytes of the caller */
    const char *name; /* for sentences */
    uint8_t *read;    /* of the file */
    ferryi_bytes bytes;
    size_t capacity;
} source;

/* Reads on until there are up to so many bytes, or the file ends. */
static ferry_status read_up_to(source *s, size_t wanted, ferry_error *error) {
    if (s->stream == NULL || wanted <= s->bytes.length)
        return FERRY_OK;
    if (wanted > s->capacity) {
        uint8_t *grown = realloc(s->read, wanted);
        if (grown == NULL)
            return ferryi_fail(error, FERRY_NO_MEMORY, 0, "no memory for %zu bytes of %.400s",
                               wanted, s->name);
        s->bytes.data = s->read = grown;
        s->capacity = wanted;
    }
    errno = 0;
    s->bytes.length += fread(s->read + s->bytes.length, 1, wanted - s->bytes.length, s->stream);
    if (ferror(s->stream))
        return ferryi_fail_errno(error, errno != 0 ? errno : EIO, "cannot read %.400s", s->name);
    s->bytes.ended = s->bytes.length < wanted;
    return FERRY_OK;
}

/* Reads as much again as there is, or up to where the picture is known to end. */
static ferry_status read_more(source *s, size_t end, ferry_error *error) {
    size_t length = s->bytes.length, wanted = length < FILE_MAX / 2 ? length * 2 : FILE_MAX;
    if (length >= FILE_MAX || end > FILE_MAX)
        return ferryi_fail(error, FERRY_UNREADABLE, 0,
                           "%.400s is not read: the picture in it takes more than 2 GiB", s->name);
    return read_up_to(s, end > length ? end : wanted, error);
}

static ferry_status find_codec(const source *s, const ferryi_codec **out, ferry_error *error) {
    if (s->bytes.length == 0)
        return ferryi_fail(error, FERRY_UNREADABLE, 0, "%.400s is empty", s->name);
    for (size_t i = 0; i < sizeof codecs / sizeof codecs[0]; i++)
        if (codecs[i]->matches(s->bytes, s->name)) {
            *out = codecs[i];
            return FERRY_OK;
        }
    return ferryi_unread_refuse(s->bytes, s->name, error);
}

static ferry_status unreadable(const source *s, const ferryi_codec *codec, const char *problem,
                               ferry_error *error) {
    return ferryi_fail(error, FERRY_UNREADABLE, 0, "%.400s cannot be read as %s: %s", s->name,
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
                       s->name, (long long)picture->width, (long long)picture->height,
                       FERRY_IMAGE_MAX_SIDE, (long long)FERRY_IMAGE_MAX_BYTES);
}

/* Reads as much of the file as the header needs. */
static ferry_status read_header(source *s, const ferryi_codec **codec, ferryi_picture *picture,
                                ferry_layout *layout, ferry_error *error) {
    ferry_status status = read_up_to(s, FIRST_READ, error);
    if (status == FERRY_OK)
        status = find_codec(s, codec, error);
    while (status == FERRY_OK) {
        *picture = (ferryi_picture){0};
        switch ((*codec)->header(s->bytes, picture)) {
        case FERRYI_CODEC_OK: return check_size(s, *codec, picture, layout, error);
        case FERRYI_CODEC_BAD: return unreadable(s, *codec, picture->problem, error);
        case FERRYI_CODEC_SHORT: break;
        }
        status = s->bytes.ended ? unreadable(s, *codec, FERRYI_CUT_SHORT, error)
                                : read_more(s, 0, error);
    }
    return status;
}

/* Reads the bytes that the pixels need, and looks through them. */
static ferry_status read_rest(source *s, const ferryi_codec *codec, ferryi_picture *picture,
                              ferry_error *error) {
    for (;;) {
        picture->end = 0;
        ferryi_codec_result read = codec->inspect(s->bytes, picture);
        if (read == FERRYI_CODEC_OK)
            return FERRY_OK;
        if (read == FERRYI_CODEC_BAD)
            return unreadable(s, codec, picture->problem, error);
        if (s->bytes.ended)
            return unreadable(s, codec, FERRYI_CUT_SHORT, error);
        ferry_status status = read_more(s, picture->end, error);
        if (status != FERRY_OK)
            return status;
    }
}

/* Decodes a picture that has to be turned into memory of its own first. */
static ferry_status decode_turned(const ferryi_codec *codec, ferryi_bytes bytes,
                                  ferryi_picture *picture, size_t length, uint8_t *pixels) {
    uint8_t *stored = malloc(length);
    if (stored == NULL)
        return FERRY_NO_MEMORY;
    ferry_status status = codec->decode(bytes, picture, stored);
    if (status == FERRY_OK)
        ferryi_orient(pixels, stored, (uint32_t)picture->width, (uint32_t)picture->height,
                      ferry_format_bit_count(picture->format) / 8, picture->orientation);
    free(stored);
    return status;
}

static ferry_status read_pixels(source *s, const ferryi_codec *codec, ferryi_picture *picture,
                                const ferry_layout *layout, ferry_image *out, ferry_error *error) {
    if (ferry_image_reserve(out, layout->length_bytes) != FERRY_OK)
        return ferryi_fail(error, FERRY_NO_MEMORY, 0,
                           "no memory for the %lld x %lld pixels of %.400s",
                           (long long)picture->width, (long long)picture->height, s->name);
    ferryi_bytes bytes = {s->bytes.data, picture->end, true};
    ferry_status status =
        picture->orientation > FERRYI_UPRIGHT
            ? decode_turned(codec, bytes, picture, layout->length_bytes, out->pixels)
            : codec->decode(bytes, picture, out->pixels);
    if (status == FERRY_UNREADABLE)
        return unreadable(
            s, codec, picture->problem != NULL ? picture->problem : "it is damaged or cut short",
            error);
    if (status == FERRY_NO_MEMORY)
        return ferryi_fail(error, status, 0, "no memory for the %lld x %lld pixels of %.400s",
                           (long long)picture->width, (long long)picture->height, s->name);
    return status;
}

/* The caller's options, whose struct may be shorter than ours when the program is older. */
static ferry_status read_options(ferry_image_load_options *out,
                                 const ferry_image_load_options *given, ferry_error *error) {
    *out = (ferry_image_load_options)FERRY_IMAGE_LOAD_OPTIONS_INIT;
    ferry_status status =
        ferryi_need_options(out, sizeof *out, given, "FERRY_IMAGE_LOAD_OPTIONS_INIT", error);
    if (status != FERRY_OK)
        return status;
    status = ferryi_need_choice(out->as_stored, 1, "as_stored", "0 or 1", error);
    if (status == FERRY_OK)
        status = ferryi_need_choice(out->reserved, 0, "reserved", "0", error);
    return status;
}

static void describe(ferry_image *out, const ferryi_picture *picture) {
    bool swaps = ferryi_orient_swaps(picture->orientation);
    int32_t width = (int32_t)(swaps ? picture->height : picture->width);
    int32_t height = (int32_t)(swaps ? picture->width : picture->height);
    ferry_layout layout;
    ferry_layout_compute(&layout, picture->format, width, height, 0);
    out->info = (ferry_frame_info){0};
    ferryi_format_describe(&out->info, picture->format, &layout, width, height);
    out->skipped = 0;
    out->generation = 0;
}

/* Reads the whole file if it is small beside the picture that it claims to hold, and looks through
 * it: callers take as much memory as a header says. */
static ferry_status check_claim(source *s, const ferryi_codec *codec, ferryi_picture *picture,
                                const ferry_layout *layout, ferry_error *error) {
    size_t enough = layout->length_bytes / UNLIKELY;
    ferry_status status = read_up_to(s, enough, error);
    bool is_small = s->bytes.ended && s->bytes.length < enough;
    return status == FERRY_OK && is_small ? read_rest(s, codec, picture, error) : status;
}

static ferry_status load(source *s, const ferry_image_load_options *options, ferry_image *out,
                         bool with_pixels, ferry_error *error) {
    const ferryi_codec *codec = NULL;
    ferryi_picture picture;
    ferry_layout layout;
    ferry_status status = read_header(s, &codec, &picture, &layout, error);
    if (status == FERRY_OK)
        status = with_pixels ? read_rest(s, codec, &picture, error)
                             : check_claim(s, codec, &picture, &layout, error);
    if (options->as_stored != 0)
        picture.orientation = 0;
    if (status == FERRY_OK && with_pixels)
        status = read_pixels(s, codec, &picture, &layout, out, error);
    if (status == FERRY_OK)
        describe(out, &picture);
    return status;
}

static ferry_status load_file(const char *path, const ferry_image_load_options *given,
                              ferry_image *out, bool with_pixels, ferry_error *error) {
    ferry_image_load_options options;
    source s = {.name = path};
    ferry_status status = ferryi_need(path, "path", error);
    if (status == FERRY_OK)
        status = ferryi_need(out, "out", error);
    if (status == FERRY_OK)
        status = read_options(&options, given, error);
    if (status == FERRY_OK)
        status = ferryi_file_open(&s.stream, path, error);
    if (status != FERRY_OK)
        return status;
    status = load(&s, &options, out, with_pixels, error);
    fclose(s.stream);
    free(s.read);
    return status;
}

ferry_status ferry_image_probe(const char *path, const ferry_image_load_options *options,
                               ferry_image *out, ferry_error *error) {
    return load_file(path, options, out, false, error);
}

ferry_status ferry_image_load(const char *path, const ferry_image_load_options *options,
                              ferry_image *out, ferry_error *error) {
    return load_file(path, options, out, true, error);
}

ferry_status ferry_image_decode(const void *bytes, size_t length, const char *name,
                                const ferry_image_load_options *given, ferry_image *out,
                                ferry_error *error) {
    ferry_image_load_options options;
    source s = {.name = name, .bytes = {bytes, length, true}};
    ferry_status status = ferryi_need(bytes, "bytes", error);
    if (status == FERRY_OK)
        status = ferryi_need(name, "name", error);
    if (status == FERRY_OK)
        status = ferryi_need(out, "out", error);
    if (status == FERRY_OK)
        status = read_options(&options, given, error);
    return status == FERRY_OK ? load(&s, &options, out, true, error) : status;
}
