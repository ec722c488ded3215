/* Frames as JPEG for a browser: every format, smaller ones, windows, JPEG as it is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "picture/render.h"
#include "web_pictures.h"

#include <math.h>

static ferry_error error;
static render_room room;
static render_shown shown;

static void render(const ferry_frame_info *info, const uint8_t *pixels, const render_plan *plan,
                   ferry_image *out) {
    ferry_image_file file = FERRY_IMAGE_FILE_INIT;
    if (render_jpeg(info, pixels, plan, &room, &file, &shown, &error) != FERRY_OK ||
        ferry_image_decode(file.bytes, file.length_bytes, "a.jpg", NULL, out, &error) != FERRY_OK)
        fail_msg("%s", error.message);
    ferry_image_file_free(&file);
}

/* Colors from edge to edge, from nearly black to nearly white, in a format. */
static void make_picture(ferry_image *out, uint32_t format, int32_t width, int32_t height) {
    ferry_frame_info info = {.width = width, .height = height, .format = FERRY_FORMAT_RGB24};
    uint8_t *pixels = malloc((size_t)width * (size_t)height * 3);
    assert_non_null(pixels);
    for (int32_t y = 0; y < height; y++)
        for (int32_t x = 0; x < width; x++) {
            uint8_t *pixel = pixels + (y * width + x) * 3;
            pixel[0] = (uint8_t)(20 + 215 * (2 * x + 1) / (2 * width));
            pixel[1] = (uint8_t)(235 - 215 * (2 * x + 1) / (2 * width));
            pixel[2] = (uint8_t)(20 + 215 * (2 * y + 1) / (2 * height));
        }
    assert_int_equal(ferry_image_convert(&info, pixels, format, out, NULL), FERRY_OK);
    free(pixels);
}

/* Away from the edges. */
static void assert_near(const ferry_image *image, const ferry_image *wanted, const char *name) {
    assert_int_equal(image->info.width, wanted->info.width);
    assert_int_equal(image->info.height, wanted->info.height);
    ferry_image a = FERRY_IMAGE_INIT, b = FERRY_IMAGE_INIT;
    ferry_image_convert(&image->info, image->pixels, FERRY_FORMAT_RGB24, &a, NULL);
    ferry_image_convert(&wanted->info, wanted->pixels, FERRY_FORMAT_RGB24, &b, NULL);
    for (int32_t y = 2; y < a.info.height - 2; y++)
        for (int32_t x = 2; x < a.info.width - 2; x++)
            for (int32_t c = 0; c < 3; c++) {
                size_t at = (size_t)((y * a.info.width + x) * 3 + c);
                if (abs(a.pixels[at] - b.pixels[at]) > 16)
                    fail_msg("%s: pixel %d, %d is %d instead of %d", name, (int)x, (int)y,
                             a.pixels[at], b.pixels[at]);
            }
    ferry_image_free(&a);
    ferry_image_free(&b);
}

/* The window takes what is there to black and white: for formats that have one it is given. */
static void every_format_in_every_size(void **state) {
    (void)state;
    uint32_t format;
    for (size_t k = 0; (format = format_with_pixels(k)) != 0; k++)
        for (int32_t width = 0; width <= 90; width += 30) {
            ferry_image frame = FERRY_IMAGE_INIT, wanted = FERRY_IMAGE_INIT;
            ferry_image seen = FERRY_IMAGE_INIT;
            const samples *s = samples_find(format);
            render_plan plan = {.width = width, .has_low = true, .has_high = true, .low = 0};
            plan.high = samples_most(s, &s->component[0]);
            make_picture(&frame, format, 60, 44);
            make_picture(&wanted, format, width == 30 ? 30 : 60, width == 30 ? 22 : 44);
            render(&frame.info, frame.pixels, &plan, &seen);
            assert_near(&seen, &wanted, ferry_format_name(format));
            assert_int_equal(shown.has_window, window_serves(format));
            ferry_image_free(&frame);
            ferry_image_free(&wanted);
            ferry_image_free(&seen);
        }
}

static void heights_round_and_are_never_0(void **state) {
    (void)state;
    static const int32_t cases[][4] = {
        {100, 33, 50, 17}, {100, 1, 10, 1}, {99, 10, 10, 1}, {1000, 1, 1, 1}, {3, 900, 1, 300}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        frame_in_memory f = noise_frame(FERRY_FORMAT_GRAY, cases[i][0], cases[i][1], 3);
        ferry_image seen = FERRY_IMAGE_INIT;
        render(&f.info, f.pixels, &(render_plan){.width = cases[i][2]}, &seen);
        assert_int_equal(seen.info.width, cases[i][2]);
        assert_int_equal(seen.info.height, cases[i][3]);
        ferry_image_free(&seen);
        free(f.pixels);
    }
}

static void windows_of_a_frame(void **state) {
    (void)state;
    static uint16_t words[64 * 64];
    for (size_t i = 0; i < 64 * 64; i++)
        words[i] = i % 64 < 32 ? 1000 : 2000;
    const ferry_frame_info info = {.width = 64, .height = 64, .format = FERRY_FORMAT_GRAY16LE};
    const uint8_t *pixels = (const uint8_t *)words;
    ferry_image seen = FERRY_IMAGE_INIT;
    render(&info, pixels, &(render_plan){0}, &seen);
    assert_true(shown.has_window && shown.window.low == 1000 && shown.window.high == 2000);
    assert_in_range(seen.pixels[0], 0, 3);
    assert_in_range(seen.pixels[40], 252, 255);
    render(&info, pixels, &(render_plan){.has_low = true, .low = 0}, &seen);
    assert_true(shown.window.low == 0 && shown.window.high == 2000);
    assert_in_range(seen.pixels[0], 124, 131);
    render(&info, pixels, &(render_plan){.has_high = true, .high = 3000}, &seen);
    assert_true(shown.window.low == 1000 && shown.window.high == 3000);
    assert_in_range(seen.pixels[40], 124, 131);
    /* A wish beyond what there is: the other end gives way. */
    render(&info, pixels, &(render_plan){.has_low = true, .low = 5000}, &seen);
    assert_true(shown.window.low == 5000 && shown.window.high == 10000);
    render(&info, pixels, &(render_plan){.has_high = true, .high = 10}, &seen);
    assert_true(shown.window.low == 0 && shown.window.high == 10);
    ferry_image_free(&seen);
    frame_in_memory f = noise_frame(FERRY_FORMAT_GRAY, 4, 4, 0);
    render(&f.info, f.pixels, &(render_plan){.has_low = true, .low = 50}, &seen);
    assert_false(shown.has_window);
    free(f.pixels);
    ferry_image_free(&seen);
}

/* Colors that alpha hides show in JPEG, in every size. */
static void alpha_is_left_out(void **state) {
    (void)state;
    static uint8_t pixels[64 * 64 * 4];
    for (size_t i = 0; i < sizeof pixels; i += 4)
        memcpy(pixels + i,
               i / 4 % 2 ? (const uint8_t[]){200, 200, 200, 0}
                         : (const uint8_t[]){100, 100, 100, 255},
               4);
    const ferry_frame_info info = {.width = 64, .height = 64, .format = FERRY_FORMAT_BGRA};
    ferry_image seen = FERRY_IMAGE_INIT;
    render(&info, pixels, &(render_plan){.width = 16}, &seen);
    for (size_t i = 0; i < seen.info.length_bytes; i++)
        assert_in_range(seen.pixels[i], 146, 154);
    ferry_image_free(&seen);
}

/* ---- compressed frames ---- */

static ferry_frame_info jpeg_info(const ferry_image_file *file, uint32_t format, int32_t width) {
    return (ferry_frame_info){.width = width,
                              .height = 20,
                              .format = format,
                              .length_bytes = (uint32_t)file->length_bytes};
}

static void jpeg_goes_as_it_is(void **state) {
    (void)state;
    ferry_image frame = FERRY_IMAGE_INIT, seen = FERRY_IMAGE_INIT, small = FERRY_IMAGE_INIT;
    ferry_image_file file = FERRY_IMAGE_FILE_INIT, out = FERRY_IMAGE_FILE_INIT;
    make_picture(&frame, FERRY_FORMAT_RGB24, 40, 20);
    assert_int_equal(ferry_image_encode("a.jpg", &frame.info, frame.pixels, NULL, &file, &error),
                     FERRY_OK);
    static const uint32_t formats[] = {FERRY_FORMAT_MJPEG, FERRY_FORMAT_JPEG};
    for (size_t i = 0; i < 2; i++)
        for (int32_t width = 0; width <= 80; width += 40) {
            ferry_frame_info info = jpeg_info(&file, formats[i], 40);
            assert_int_equal(render_jpeg(&info, file.bytes, &(render_plan){.width = width}, &room,
                                         &out, &shown, &error),
                             FERRY_OK);
            assert_int_equal(out.length_bytes, file.length_bytes);
            assert_memory_equal(out.bytes, file.bytes, out.length_bytes);
        }
    ferry_frame_info info = jpeg_info(&file, FERRY_FORMAT_MJPEG, 40);
    render(&info, file.bytes, &(render_plan){.width = 20}, &seen);
    make_picture(&small, FERRY_FORMAT_RGB24, 20, 10);
    assert_near(&seen, &small, "mjpeg");
    info = jpeg_info(&file, FERRY_FORMAT_MJPEG, 4000); /* which it is not */
    render(&info, file.bytes, &(render_plan){.width = 50}, &seen);
    assert_int_equal(seen.info.width, 40);
    ferry_image_free(&frame);
    ferry_image_free(&seen);
    ferry_image_free(&small);
    ferry_image_file_free(&file);
    ferry_image_file_free(&out);
}

static void assert_refused(const ferry_frame_info *info, const render_plan *plan,
                           ferry_status wanted, const char *part) {
    static const uint8_t pixels[64];
    ferry_image_file file = {.bytes = malloc(4), .length_bytes = 4, .capacity_bytes = 4};
    error = (ferry_error)FERRY_ERROR_INIT;
    assert_int_equal(render_jpeg(info, pixels, plan, &room, &file, &shown, &error), wanted);
    assert_int_equal(error.status, wanted);
    if (strstr(error.message, part) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", error.message, part);
    assert_int_equal(file.length_bytes, 0);
    ferry_image_file_free(&file);
}

static void what_is_not_shown(void **state) {
    (void)state;
    const render_plan plain = {0}, small = {.width = 2};
    ferry_frame_info info = {.width = 4, .height = 4, .format = FERRY_FORMAT_H264};
    info.length_bytes = 64;
    assert_refused(&info, &plain, FERRY_NOT_SUPPORTED, "h264");
    assert_refused(&info, &small, FERRY_NOT_SUPPORTED, "h264");
    info.format = FERRY_FORMAT_TEXT;
    assert_refused(&info, &plain, FERRY_NOT_SUPPORTED, "format");
    info.format = FERRY_FORMAT_MJPEG;
    assert_refused(&info, &plain, FERRY_UNREADABLE, "JPEG");
    assert_refused(&info, &small, FERRY_UNREADABLE, "");
    info.length_bytes = 0;
    assert_refused(&info, &plain, FERRY_INVALID_ARGUMENT, "no bytes");
    info.format = FERRY_FORMAT_GRAY16LE;
    const render_plan none = {.has_low = true, .has_high = true, .low = 4, .high = 4};
    assert_refused(&info, &none, FERRY_INVALID_ARGUMENT, "window");
    const render_plan nan = {.has_low = true, .low = NAN};
    assert_refused(&info, &nan, FERRY_INVALID_ARGUMENT, "window");
    const render_plan quality = {.quality = 101};
    assert_refused(&info, &quality, FERRY_INVALID_ARGUMENT, "jpeg_quality");
    info.stride_bytes = 3;
    assert_refused(&info, &plain, FERRY_INVALID_ARGUMENT, "4 x 4");
}

static int free_room(void **state) {
    (void)state;
    render_free_room(&room);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_format_in_every_size),
        cmocka_unit_test(heights_round_and_are_never_0),
        cmocka_unit_test(windows_of_a_frame),
        cmocka_unit_test(alpha_is_left_out),
        cmocka_unit_test(jpeg_goes_as_it_is),
        cmocka_unit_test(what_is_not_shown),
    };
    return cmocka_run_group_tests(tests, NULL, free_room);
}
