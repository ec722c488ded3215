/* The stream of --write: the header of YUV4MPEG2, and frames that are converted, decoded, left out
 * or refused. The process tests see what programs read of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Part of a program, and so in no library. */
#include "sinks/packed.c"
#include "sinks/sink.c"
#include "sinks/write.c"
#include "sinks/write_mjpeg.c"
#include "sinks/write_raw.c"
#include "sinks/write_shape.c"
#include "sinks/write_y4m.c"

enum { WIDTH = 18, HEIGHT = 10, PIXELS = WIDTH * HEIGHT };

static uint8_t pixels[4 * PIXELS];
static char place[64]; /* a file of this process's own */

static int make_pixels(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof pixels; i++)
        pixels[i] = (uint8_t)(i * 7 + i / 256);
    snprintf(place, sizeof place, "test_sink_write-%p.stream", (void *)&pixels);
    remove(place);
    return 0;
}

static int remove_place(void **state) {
    (void)state;
    remove(place);
    return 0;
}

static ferry_frame_info info_of(uint32_t format) {
    ferry_frame_info info = {.width = WIDTH, .height = HEIGHT, .format = format, .number = 7};
    ferry_layout layout;
    if (ferry_layout_compute(&layout, format, WIDTH, HEIGHT, 0) == FERRY_OK) {
        info.stride_bytes = layout.planes[0].stride_bytes;
        info.length_bytes = layout.length_bytes;
    }
    info.bit_count = ferry_format_bit_count(format);
    return info;
}

/* ---- the header ---- */

static const char *header_of(const ferry_frame_info *info, app_rate rate) {
    static char text[WRITE_Y4M_HEADER_BYTES];
    size_t length = write_y4m_header(text, info, &rate);
    assert_int_equal(length, strlen(text));
    assert_int_equal(text[length - 1], '\n');
    text[length - 1] = '\0';
    return text;
}

static void test_headers(void **state) {
    (void)state;
    const app_rate none = {.seconds = 1}, film = {.frames = 24000, .seconds = 1001};
    ferry_frame_info info = info_of(FERRY_FORMAT_YUV420P);
    assert_string_equal(header_of(&info, none), "YUV4MPEG2 W18 H10 F0:0 I? A0:0 C420jpeg");
    assert_string_equal(header_of(&info, film), "YUV4MPEG2 W18 H10 F24000:1001 I? A0:0 C420jpeg");
    info.frame_rate_num = 50;
    info.frame_rate_den = 1;
    info.pixel_aspect_num = 4;
    info.pixel_aspect_den = 3;
    info.chroma_site = FERRY_CHROMA_LEFT;
    info.field_order = FERRY_FIELDS_TOP_FIRST;
    info.color_range = FERRY_RANGE_FULL;
    assert_string_equal(header_of(&info, none),
                        "YUV4MPEG2 W18 H10 F50:1 It A4:3 C420mpeg2 XCOLORRANGE=FULL");
    assert_string_equal(header_of(&info, film),
                        "YUV4MPEG2 W18 H10 F24000:1001 It A4:3 C420mpeg2 XCOLORRANGE=FULL");
    info.field_order = FERRY_FIELDS_TOP; /* which has no letter */
    info.chroma_site = FERRY_CHROMA_TOP;
    info.color_matrix = FERRY_MATRIX_BT2020;
    assert_string_equal(
        header_of(&info, none),
        "YUV4MPEG2 W18 H10 F50:1 I? A4:3 C420jpeg XCOLORRANGE=FULL XCOLORSPACE=BT2020");
    info = info_of(FERRY_FORMAT_GRAY12LE);
    info.color_range = FERRY_RANGE_LIMITED;
    assert_string_equal(header_of(&info, none),
                        "YUV4MPEG2 W18 H10 F0:0 I? A0:0 Cmono12 XCOLORRANGE=FULL");
}

/* Programs can read the numbers, whatever a peer has put into a frame. */
static void test_numbers_that_are_too_large(void **state) {
    (void)state;
    ferry_frame_info info = info_of(FERRY_FORMAT_GRAY);
    info.width = info.height = INT32_MAX;
    info.frame_rate_num = info.pixel_aspect_num = UINT32_MAX;
    info.frame_rate_den = info.pixel_aspect_den = UINT32_MAX - 1;
    const char *header = header_of(&info, (app_rate){.seconds = 1});
    assert_non_null(strstr(header, " F2147483647:2147483647 "));
    assert_non_null(strstr(header, " A2147483647:2147483647 "));
    info.frame_rate_den = 1;
    assert_non_null(strstr(header_of(&info, (app_rate){.seconds = 1}), " F0:0 "));
}

/* The words that say what is assumed anyway give way. */
static void test_the_longest_line_of_gstreamer(void **state) {
    (void)state;
    ferry_frame_info info = info_of(FERRY_FORMAT_YUV420P);
    info.color_range = FERRY_RANGE_LIMITED;
    info.color_matrix = FERRY_MATRIX_BT601;
    info.chroma_site = FERRY_CHROMA_LEFT;
    assert_string_equal(header_of(&info, (app_rate){.frames = 5, .seconds = 1}),
                        "YUV4MPEG2 W18 H10 F5:1 I? A0:0 C420mpeg2 XCOLORRANGE=LIMITED "
                        "XCOLORSPACE=BT601");
    const app_rate film = {.frames = 30000, .seconds = 1001};
    info.width = 1920;
    info.height = 1080;
    assert_string_equal(header_of(&info, film),
                        "YUV4MPEG2 W1920 H1080 F30000:1001 I? A0:0 C420mpeg2 XCOLORRANGE=LIMITED");
    info.color_matrix = FERRY_MATRIX_BT709;
    assert_string_equal(header_of(&info, film),
                        "YUV4MPEG2 W1920 H1080 F30000:1001 I? A0:0 C420mpeg2 XCOLORSPACE=BT709");
}

static void test_what_y4m_makes_of_formats(void **state) {
    (void)state;
    for (size_t i = 0; ferry_format_at(i) != 0; i++) {
        uint32_t format = ferry_format_at(i);
        if (ferry_format_bit_count(format) == 0)
            continue;
        const app_y4m_kind *kind = app_y4m_kind_of(write_y4m_carried(format), 0);
        assert_non_null(kind);
        assert_int_equal(write_y4m_carried(kind->format), kind->format);
    }
    assert_int_equal(write_y4m_carried(FERRY_FORMAT_NV21), FERRY_FORMAT_YUV420P);
    assert_int_equal(write_y4m_carried(FERRY_FORMAT_UYVY422), FERRY_FORMAT_YUV422P);
    assert_int_equal(write_y4m_carried(FERRY_FORMAT_BGRA), FERRY_FORMAT_YUV444P);
    assert_int_equal(write_y4m_carried(FERRY_FORMAT_BAYER_RGGB8), FERRY_FORMAT_YUV444P);
    assert_int_equal(write_y4m_carried(FERRY_FORMAT_GRAYF32LE), FERRY_FORMAT_GRAY16LE);
}

/* ---- frames ---- */

static sink *open_stream(write_request request) {
    request.place = place;
    sink *s = sink_open_write(&request, true);
    assert_non_null(s);
    return s;
}

static bool take(sink *s, const ferry_frame_info *info, const uint8_t *bytes) {
    receipt r = {.info = info, .pixels = bytes};
    return s->take(s, &r);
}

/* Ends the stream; its bytes, which the caller frees. */
static uint8_t *close_stream(sink *s, bool went_well, size_t *count) {
    assert_int_equal(sink_write_went_well(s), went_well);
    s->close(s);
    static const size_t most = 1 << 20;
    uint8_t *bytes = malloc(most);
    FILE *file = fopen(place, "rb");
    assert_true(bytes != NULL && file != NULL);
    *count = fread(bytes, 1, most, file);
    fclose(file);
    return bytes;
}

static void make_jpeg(ferry_image_file *file) {
    ferry_frame_info info = info_of(FERRY_FORMAT_GRAY);
    assert_int_equal(ferry_image_encode("x.jpg", &info, pixels, NULL, file, NULL), FERRY_OK);
}

static ferry_frame_info info_of_bytes(uint32_t format, const ferry_image_file *file) {
    return (ferry_frame_info){.width = WIDTH,
                              .height = HEIGHT,
                              .format = format,
                              .length_bytes = (uint32_t)file->length_bytes,
                              .frame_rate_num = 9,
                              .frame_rate_den = 1};
}

static void test_jpegs_stay_what_they_are(void **state) {
    (void)state;
    ferry_image_file file = FERRY_IMAGE_FILE_INIT;
    size_t count;
    make_jpeg(&file);
    static const write_as kinds_of_bytes[] = {WRITE_MJPEG, WRITE_RAW};
    for (size_t i = 0; i < 2; i++) {
        sink *s = open_stream((write_request){.as = kinds_of_bytes[i]});
        ferry_frame_info info = info_of_bytes(FERRY_FORMAT_MJPEG, &file);
        assert_true(take(s, &info, file.bytes) && take(s, &info, file.bytes));
        assert_int_equal(sink_write_count(s), 2);
        uint8_t *bytes = close_stream(s, true, &count);
        assert_int_equal(count, 2 * file.length_bytes);
        assert_memory_equal(bytes + file.length_bytes, file.bytes, file.length_bytes);
        free(bytes);
    }
    ferry_image_file_free(&file);
}

/* The rest of the description stays that of the frame. One that is broken is left out, and told. */
static void test_jpegs_are_decoded_for_y4m(void **state) {
    (void)state;
    static const char header[] = "YUV4MPEG2 W18 H10 F9:1 I? A0:0 Cmono XCOLORRANGE=FULL\nFRAME\n";
    ferry_image_file file = FERRY_IMAGE_FILE_INIT;
    size_t count;
    make_jpeg(&file);
    sink *s = open_stream((write_request){.as = WRITE_Y4M});
    ferry_frame_info info = info_of_bytes(FERRY_FORMAT_MJPEG, &file);
    assert_true(take(s, &info, pixels));
    assert_int_equal(sink_write_count(s), 0);
    assert_true(take(s, &info, file.bytes));
    uint8_t *bytes = close_stream(s, false, &count);
    assert_int_equal(count, sizeof header - 1 + PIXELS);
    assert_memory_equal(bytes, header, sizeof header - 1);
    free(bytes);
    ferry_image_file_free(&file);
}

static void test_bytes_that_are_no_pictures(void **state) {
    (void)state;
    size_t count;
    static const uint32_t formats[] = {FERRY_FORMAT_H264, FERRY_FOURCC('?', '?', '?', '1')};
    for (size_t i = 0; i < 2; i++) {
        ferry_frame_info info = {
            .width = 4, .height = 4, .format = formats[i], .length_bytes = 100};
        static const write_as refusing[] = {WRITE_Y4M, WRITE_MJPEG};
        for (size_t k = 0; k < 2; k++) {
            sink *s = open_stream((write_request){.as = refusing[k]});
            assert_false(take(s, &info, pixels));
            s->close(s);
        }
        sink *s = open_stream((write_request){.as = WRITE_RAW, .format = FERRY_FORMAT_GRAY});
        assert_false(take(s, &info, pixels));
        s->close(s);
        s = open_stream((write_request){.as = WRITE_RAW});
        assert_true(take(s, &info, pixels));
        info.length_bytes = 50; /* which is another for each frame */
        assert_true(take(s, &info, pixels));
        free(close_stream(s, true, &count));
        assert_int_equal(count, 150);
    }
}

static void test_another_size_is_refused_or_scaled(void **state) {
    (void)state;
    size_t count;
    ferry_frame_info first = info_of(FERRY_FORMAT_GRAY), later = first;
    later.width = 9;
    later.stride_bytes = 9;
    later.length_bytes = 90;
    sink *s = open_stream((write_request){.as = WRITE_RAW});
    assert_true(take(s, &first, pixels));
    assert_false(take(s, &later, pixels));
    free(close_stream(s, true, &count));
    assert_int_equal(count, PIXELS);
    s = open_stream((write_request){.as = WRITE_RAW, .scales = true});
    assert_true(take(s, &first, pixels) && take(s, &later, pixels) && take(s, &first, pixels));
    uint8_t *bytes = close_stream(s, true, &count);
    assert_int_equal(count, 3 * PIXELS);
    assert_memory_equal(bytes + 2 * PIXELS, pixels, PIXELS);
    free(bytes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_headers),
        cmocka_unit_test(test_numbers_that_are_too_large),
        cmocka_unit_test(test_the_longest_line_of_gstreamer),
        cmocka_unit_test(test_what_y4m_makes_of_formats),
        cmocka_unit_test(test_jpegs_stay_what_they_are),
        cmocka_unit_test(test_jpegs_are_decoded_for_y4m),
        cmocka_unit_test(test_bytes_that_are_no_pictures),
        cmocka_unit_test(test_another_size_is_refused_or_scaled),
    };
    return cmocka_run_group_tests(tests, make_pixels, remove_place);
}
