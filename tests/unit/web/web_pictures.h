/* Frames for the tests of what ferry-web makes of pixels. After cmocka.h. */
#ifndef WEB_PICTURES_H
#define WEB_PICTURES_H

#include <frameferry/convert.h>
#include <frameferry/frame.h>
#include <stdlib.h>
#include <string.h>

static uint32_t random_state = 1;

static inline uint8_t noise(void) {
    random_state = random_state * 1664525u + 1013904223u;
    return (uint8_t)(random_state >> 24);
}

typedef struct frame_in_memory {
    ferry_frame_info info;
    uint8_t *pixels;
} frame_in_memory;

/* Random bytes, with so many bytes of padding between rows. Free the pixels. */
static inline frame_in_memory noise_frame(uint32_t format, int32_t width, int32_t height,
                                          uint32_t padding) {
    frame_in_memory f = {.info = {.width = width, .height = height, .format = format}};
    ferry_layout layout;
    assert_int_equal(ferry_layout_compute(&layout, format, width, height, 0), FERRY_OK);
    f.info.stride_bytes = layout.planes[0].row_bytes + padding;
    assert_int_equal(ferry_layout_of(&layout, &f.info), FERRY_OK);
    f.info.length_bytes = layout.length_bytes;
    f.pixels = malloc(layout.length_bytes);
    assert_non_null(f.pixels);
    for (size_t i = 0; i < layout.length_bytes; i++)
        f.pixels[i] = noise();
    return f;
}

/* The named format with this index that has pixels; 0 behind the last one. */
static inline uint32_t format_with_pixels(size_t index) {
    for (size_t k = 0;; k++) {
        uint32_t format = ferry_format_at(k);
        if (format == 0 || (ferry_format_bit_count(format) != 0 && index-- == 0))
            return format;
    }
}

#endif
