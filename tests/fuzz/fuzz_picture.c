/* Picture files: each codec gets what starts as its files do. Pixels are decoded twice, over
 * different earlier ones, into memory of exactly their size: none may be left as it was. */
#include "fuzz.h"
#include "image/codec.h"

#include <frameferry/frame.h>

enum { PIXELS_MAX = 1 << 20 };

static const ferryi_codec *const codecs[] = {
    &ferryi_codec_png,  &ferryi_codec_jpeg, &ferryi_codec_bmp, &ferryi_codec_gif, &ferryi_codec_pnm,
#ifdef FERRY_WEBP
    &ferryi_codec_webp,
#endif
#ifdef FERRY_TIFF
    &ferryi_codec_tiff,
#endif
    &ferryi_codec_tga};

static uint8_t *decode_over(const ferryi_codec *codec, ferryi_bytes bytes, ferryi_picture picture,
                            size_t length, int before, ferry_status *status) {
    uint8_t *pixels = malloc(length);
    FUZZ_CHECK(pixels != NULL);
    memset(pixels, before, length);
    *status = codec->decode(bytes, &picture, pixels);
    return pixels;
}

static void check_decode(const ferryi_codec *codec, ferryi_bytes bytes,
                         const ferryi_picture *picture) {
    size_t length = (size_t)picture->width * (size_t)picture->height *
                    (ferry_format_bit_count(picture->format) / 8);
    ferry_status first, second;
    uint8_t *a = decode_over(codec, bytes, *picture, length, 0x55, &first);
    uint8_t *b = decode_over(codec, bytes, *picture, length, 0xaa, &second);
    FUZZ_CHECK(first == second);
    FUZZ_CHECK(first != FERRY_OK || memcmp(a, b, length) == 0);
    free(a);
    free(b);
}

/* As load.c sees to before it lets a codec look at the pixels. */
static bool has_size(const ferryi_picture *picture) {
    return picture->width >= 1 && picture->height >= 1 && picture->width <= PIXELS_MAX &&
           picture->height <= PIXELS_MAX / picture->width;
}

/* A codec that is short of bytes must not be content with fewer of them. */
static void check_shorter(const ferryi_codec *codec, ferryi_bytes bytes) {
    ferryi_picture picture = {0};
    uint8_t *half = malloc(bytes.length / 2 + 1);
    FUZZ_CHECK(half != NULL);
    memcpy(half, bytes.data, bytes.length / 2);
    ferryi_bytes fewer = {half, bytes.length / 2, false};
    if (codec->matches(fewer, "fuzz") && codec->header(fewer, &picture) == FERRYI_CODEC_OK &&
        has_size(&picture))
        codec->inspect(fewer, &picture);
    free(half);
}

static void check_codec(const ferryi_codec *codec, ferryi_bytes bytes) {
    ferryi_picture picture = {0};
    check_shorter(codec, bytes);
    if (codec->header(bytes, &picture) != FERRYI_CODEC_OK || !has_size(&picture))
        return;
    if (codec->inspect(bytes, &picture) != FERRYI_CODEC_OK)
        return;
    FUZZ_CHECK(picture.end <= bytes.length);
    check_decode(codec, (ferryi_bytes){bytes.data, picture.end, true}, &picture);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    ferryi_bytes bytes = {data, size, true};
    for (size_t i = 0; size > 0 && i < sizeof codecs / sizeof codecs[0]; i++) {
        const char *name = codecs[i] == &ferryi_codec_tga ? "fuzz.tga" : "fuzz";
        if (!codecs[i]->matches(bytes, name))
            continue;
        check_codec(codecs[i], bytes);
        break;
    }
    return 0;
}
