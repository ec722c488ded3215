/* WebP, by libwebp (its decode.h and demux.h describe the calls). The first frame of an animation
 * is read, as with GIF. */
#include "image/codec.h"
#include "image/exif.h"

#include <frameferry/frame.h>
#include <string.h>
#include <webp/decode.h>
#include <webp/demux.h>

enum { RIFF_HEADER = 12, CHUNK_HEADER = 8, ANIMATED = 0x02, WITH_ALPHA = 0x10 };

static bool matches(ferryi_bytes bytes, const char *name) {
    (void)name;
    return bytes.length >= RIFF_HEADER && memcmp(bytes.data, "RIFF", 4) == 0 &&
           memcmp(bytes.data + 8, "WEBP", 4) == 0;
}

static uint64_t file_length(ferryi_bytes bytes) {
    return (uint64_t)ferryi_codec_le32(bytes.data + 4) + 8;
}

/* Chunks have even lengths in the file. EXIF comes last. */
static uint32_t find_orientation(ferryi_bytes bytes) {
    for (uint64_t at = RIFF_HEADER; at + CHUNK_HEADER <= bytes.length;) {
        const uint8_t *chunk = bytes.data + at;
        uint64_t length = ferryi_codec_le32(chunk + 4);
        if (length > bytes.length - at - CHUNK_HEADER)
            return 0;
        ferryi_bytes exif = {chunk + CHUNK_HEADER, (size_t)length, true};
        if (memcmp(chunk, "EXIF", 4) == 0) {
            if (exif.length > 6 &&
                memcmp(exif.data, "Exif\0", 6) == 0) /* some write JPEG's mark too */
                exif = (ferryi_bytes){exif.data + 6, exif.length - 6, true};
            return ferryi_exif_orientation(exif);
        }
        at += CHUNK_HEADER + length + length % 2;
    }
    return 0;
}

/* The whole file is read for it: its orientation stands at the end. */
static ferryi_codec_result header(ferryi_bytes bytes, ferryi_picture *out) {
    WebPBitstreamFeatures features;
    uint64_t length = file_length(bytes);
    VP8StatusCode status = WebPGetFeatures(bytes.data, bytes.length, &features);
    if (status == VP8_STATUS_NOT_ENOUGH_DATA)
        return FERRYI_CODEC_SHORT;
    if (status != VP8_STATUS_OK)
        return ferryi_codec_bad_header(out, "its header is damaged");
    if (bytes.length < length && !bytes.ended)
        return FERRYI_CODEC_SHORT;
    out->width = features.width;
    out->height = features.height;
    out->format = features.has_alpha ? FERRY_FORMAT_RGBA : FERRY_FORMAT_RGB24;
    out->orientation = find_orientation(bytes);
    out->offset = features.has_animation ? ANIMATED : 0;
    return FERRYI_CODEC_OK;
}

static ferryi_codec_result inspect(ferryi_bytes bytes, ferryi_picture *picture) {
    uint64_t length = file_length(bytes);
    picture->end = (size_t)length;
    return bytes.length < length ? FERRYI_CODEC_SHORT : FERRYI_CODEC_OK;
}

static ferry_status decode_still(ferryi_bytes bytes, const ferryi_picture *picture,
                                 uint8_t *pixels) {
    bool alpha = picture->format == FERRY_FORMAT_RGBA;
    size_t stride = (size_t)picture->width * (alpha ? 4 : 3),
           size = stride * (size_t)picture->height;
    WebPDecoderConfig config;
    if (!WebPInitDecoderConfig(&config))
        return FERRY_UNREADABLE;
    config.output.colorspace = alpha ? MODE_RGBA : MODE_RGB;
    config.output.is_external_memory = 1;
    config.output.u.RGBA = (WebPRGBABuffer){pixels, (int)stride, size};
    VP8StatusCode status = WebPDecode(bytes.data, bytes.length, &config);
    if (status == VP8_STATUS_OUT_OF_MEMORY)
        return FERRY_NO_MEMORY;
    return status == VP8_STATUS_OK ? FERRY_OK : FERRY_UNREADABLE;
}

static ferry_status decode_first(ferryi_bytes bytes, const ferryi_picture *picture,
                                 uint8_t *pixels) {
    WebPData data = {bytes.data, bytes.length};
    WebPAnimDecoder *decoder = WebPAnimDecoderNew(&data, NULL);
    uint8_t *frame = NULL;
    int time_ms = 0;
    if (decoder == NULL)
        return FERRY_UNREADABLE;
    bool read = WebPAnimDecoderGetNext(decoder, &frame, &time_ms) != 0;
    size_t count = (size_t)picture->width * (size_t)picture->height;
    for (size_t i = 0; read && i < count; i++) {
        size_t bytes_out = picture->format == FERRY_FORMAT_RGBA ? 4 : 3;
        memcpy(pixels + i * bytes_out, frame + i * 4, bytes_out);
    }
    WebPAnimDecoderDelete(decoder);
    return read ? FERRY_OK : FERRY_UNREADABLE;
}

static ferry_status decode(ferryi_bytes bytes, ferryi_picture *picture, uint8_t *pixels) {
    return picture->offset == ANIMATED ? decode_first(bytes, picture, pixels)
                                       : decode_still(bytes, picture, pixels);
}

const ferryi_codec ferryi_codec_webp = {"WebP", matches, header, inspect, decode};
