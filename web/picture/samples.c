#include "picture/samples.h"

#include "host/inside.h"

#define BYTE(name, plane, first, step, shift_x, shift_y)                                           \
    { name, 8, plane, first, step, shift_x, shift_y, 0, 255 }
/* Bits of a word, and a whole word, also where its upper bits should be 0: a value that no sender
 * should make is shown as what it is. */
#define BITS(name, bits, plane, first, step, shift_x, shift_y, shift)                              \
    { name, bits, plane, first, step, shift_x, shift_y, shift, (1u << (bits)) - 1 }
#define WORD(name, bits, first, step)                                                              \
    { name, bits, 0, first, step, 0, 0, 0, 65535 }

#define GRAY(bits) SAMPLES_WORD, bits, 1, {WORD("gray", bits, 0, 2)}, NULL
#define RGB(step, r, g, b)                                                                         \
    SAMPLES_BYTE, 8, 3,                                                                            \
        {BYTE("R", 0, r, step, 0, 0), BYTE("G", 0, g, step, 0, 0), BYTE("B", 0, b, step, 0, 0)},   \
        NULL
#define RGB_ALPHA(r, g, b, a)                                                                      \
    SAMPLES_BYTE, 8, 4,                                                                            \
        {BYTE("R", 0, r, 4, 0, 0), BYTE("G", 0, g, 4, 0, 0), BYTE("B", 0, b, 4, 0, 0),             \
         BYTE("A", 0, a, 4, 0, 0)},                                                                \
        NULL
#define YUV_PACKED(y, u, v)                                                                        \
    SAMPLES_BYTE, 8, 3,                                                                            \
        {BYTE("Y", 0, y, 2, 0, 0), BYTE("U", 0, u, 4, 1, 0), BYTE("V", 0, v, 4, 1, 0)}, NULL
#define YUV_2_PLANES(shift_y, u, v)                                                                \
    SAMPLES_BYTE, 8, 3,                                                                            \
        {BYTE("Y", 0, 0, 1, 0, 0), BYTE("U", 1, u, 2, 1, shift_y),                                 \
         BYTE("V", 1, v, 2, 1, shift_y)},                                                          \
        NULL
#define YUV_3_PLANES(shift_x, shift_y)                                                             \
    SAMPLES_BYTE, 8, 3,                                                                            \
        {BYTE("Y", 0, 0, 1, 0, 0), BYTE("U", 1, 0, 1, shift_x, shift_y),                           \
         BYTE("V", 2, 0, 1, shift_x, shift_y)},                                                    \
        NULL
#define BAYER_8(colors) SAMPLES_BYTE, 8, 1, {BYTE("raw", 0, 0, 1, 0, 0)}, colors
#define BAYER(bits, colors) SAMPLES_WORD, bits, 1, {WORD("raw", bits, 0, 2)}, colors

static const samples table[] = {
    {FERRY_FORMAT_GRAY, SAMPLES_BYTE, 8, 1, {BYTE("gray", 0, 0, 1, 0, 0)}, NULL},
    {FERRY_FORMAT_GRAY10LE, GRAY(10)},
    {FERRY_FORMAT_GRAY12LE, GRAY(12)},
    {FERRY_FORMAT_GRAY16LE, GRAY(16)},
    {FERRY_FORMAT_GRAYF32LE, SAMPLES_FLOAT, 32, 1, {{"gray", 32, 0, 0, 4, 0, 0, 0, 0}}, NULL},
    {FERRY_FORMAT_RGB24, RGB(3, 0, 1, 2)},
    {FERRY_FORMAT_BGR24, RGB(3, 2, 1, 0)},
    {FERRY_FORMAT_RGBX, RGB(4, 0, 1, 2)},
    {FERRY_FORMAT_BGRX, RGB(4, 2, 1, 0)},
    {FERRY_FORMAT_XRGB, RGB(4, 1, 2, 3)},
    {FERRY_FORMAT_RGBA, RGB_ALPHA(0, 1, 2, 3)},
    {FERRY_FORMAT_BGRA, RGB_ALPHA(2, 1, 0, 3)},
    {FERRY_FORMAT_ARGB, RGB_ALPHA(1, 2, 3, 0)},
    {FERRY_FORMAT_RGB565LE,
     SAMPLES_WORD,
     6,
     3,
     {BITS("R", 5, 0, 0, 2, 0, 0, 11), BITS("G", 6, 0, 0, 2, 0, 0, 5),
      BITS("B", 5, 0, 0, 2, 0, 0, 0)},
     NULL},
    {FERRY_FORMAT_RGB48LE,
     SAMPLES_WORD,
     16,
     3,
     {WORD("R", 16, 0, 6), WORD("G", 16, 2, 6), WORD("B", 16, 4, 6)},
     NULL},
    {FERRY_FORMAT_YUYV422, YUV_PACKED(0, 1, 3)},
    {FERRY_FORMAT_UYVY422, YUV_PACKED(1, 0, 2)},
    {FERRY_FORMAT_NV12, YUV_2_PLANES(1, 0, 1)},
    {FERRY_FORMAT_NV21, YUV_2_PLANES(1, 1, 0)},
    {FERRY_FORMAT_NV16, YUV_2_PLANES(0, 0, 1)},
    {FERRY_FORMAT_YUV420P, YUV_3_PLANES(1, 1)},
    {FERRY_FORMAT_YUV422P, YUV_3_PLANES(1, 0)},
    {FERRY_FORMAT_YUV444P, YUV_3_PLANES(0, 0)},
    {FERRY_FORMAT_P010LE,
     SAMPLES_WORD,
     10,
     3,
     {BITS("Y", 10, 0, 0, 2, 0, 0, 6), BITS("U", 10, 1, 0, 4, 1, 1, 6),
      BITS("V", 10, 1, 2, 4, 1, 1, 6)},
     NULL},
    {FERRY_FORMAT_BAYER_BGGR8, BAYER_8("BGGR")},
    {FERRY_FORMAT_BAYER_GBRG8, BAYER_8("GBRG")},
    {FERRY_FORMAT_BAYER_GRBG8, BAYER_8("GRBG")},
    {FERRY_FORMAT_BAYER_RGGB8, BAYER_8("RGGB")},
    {FERRY_FORMAT_BAYER_BGGR10LE, BAYER(10, "BGGR")},
    {FERRY_FORMAT_BAYER_GBRG10LE, BAYER(10, "GBRG")},
    {FERRY_FORMAT_BAYER_GRBG10LE, BAYER(10, "GRBG")},
    {FERRY_FORMAT_BAYER_RGGB10LE, BAYER(10, "RGGB")},
    {FERRY_FORMAT_BAYER_BGGR12LE, BAYER(12, "BGGR")},
    {FERRY_FORMAT_BAYER_GBRG12LE, BAYER(12, "GBRG")},
    {FERRY_FORMAT_BAYER_GRBG12LE, BAYER(12, "GRBG")},
    {FERRY_FORMAT_BAYER_RGGB12LE, BAYER(12, "RGGB")},
    {FERRY_FORMAT_BAYER_BGGR16LE, BAYER(16, "BGGR")},
    {FERRY_FORMAT_BAYER_GBRG16LE, BAYER(16, "GBRG")},
    {FERRY_FORMAT_BAYER_GRBG16LE, BAYER(16, "GRBG")},
    {FERRY_FORMAT_BAYER_RGGB16LE, BAYER(16, "RGGB")},
};

const samples *samples_find(uint32_t format) {
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (table[i].format == format)
            return &table[i];
    return NULL;
}

static ferry_status refuse_format(uint32_t format, ferry_error *error) {
    const char *name = ferry_format_name(format);
    if (name == NULL)
        return ferryi_fail(error, FERRY_NOT_SUPPORTED, 0,
                           "the frame's format 0x%08x has no name here, so that nobody knows where "
                           "its pixels are",
                           (unsigned)format);
    return ferryi_fail(error, FERRY_NOT_SUPPORTED, 0, "%s has no pixels until it is decoded", name);
}

ferry_status samples_place(const ferry_frame_info *info, const samples **out, ferry_layout *layout,
                           ferry_error *error) {
    *out = samples_find(info->format);
    if (*out == NULL)
        return refuse_format(info->format, error);
    if (ferry_layout_of(layout, info) != FERRY_OK ||
        (info->length_bytes != 0 && info->length_bytes < layout->length_bytes))
        return ferryi_fail(error, FERRY_INVALID_ARGUMENT, 0,
                           "%d x %d pixels of %s do not lie where the frame says", (int)info->width,
                           (int)info->height, ferry_format_name(info->format));
    return FERRY_OK;
}

char samples_color_at(const samples *s, int32_t x, int32_t y) {
    return s->colors != NULL ? s->colors[(y & 1) * 2 + (x & 1)] : '\0';
}

bool samples_is_light(const samples_component *c) {
    return strchr("AUV", c->name[0]) == NULL;
}

double samples_most(const samples *s, const samples_component *c) {
    return s->kind == SAMPLES_FLOAT ? 1 : (1u << c->bits) - 1;
}
