/* The description of a frame as fields of JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "shared/describe.h"

static void assert_told(void put(app_line *, const ferry_frame_info *),
                        const ferry_frame_info *info, const char *wanted) {
    app_line line = APP_LINE_INIT;
    app_line_put_text(&line, "x");
    put(&line, info);
    app_line_put(&line, "", 1);
    assert_string_equal(line.text + 1, wanted);
    app_line_free(&line);
}

static void test_nothing_is_known(void **state) {
    (void)state;
    const ferry_frame_info info = FERRY_FRAME_INFO_INIT;
    assert_told(app_describe_put_shape, &info,
                ", \"planes\": null, \"primaries\": null, \"transfer\": null, \"chroma_site\": null"
                ", \"field_order\": null, \"frame_rate\": null, \"pixel_aspect\": null");
    assert_told(app_describe_put_moment, &info,
                ", \"sequence\": null, \"exposure_ns\": null, \"corrupt\": false");
}

static void test_all_is_known(void **state) {
    (void)state;
    const ferry_frame_info info = {.plane_count = 2,
                                   .plane_offset_bytes = {16, 4096},
                                   .plane_stride_bytes = {64, 128},
                                   .color_primaries = FERRY_PRIMARIES_BT2020,
                                   .color_transfer = FERRY_TRANSFER_PQ,
                                   .chroma_site = FERRY_CHROMA_TOP_LEFT,
                                   .field_order = FERRY_FIELDS_TOP_FIRST,
                                   .frame_rate_num = 30000,
                                   .frame_rate_den = 1001,
                                   .pixel_aspect_num = 12,
                                   .pixel_aspect_den = 11,
                                   .flags = FERRY_FRAME_CORRUPT | FERRY_FRAME_HAS_SEQUENCE,
                                   .exposure_ns = UINT64_MAX,
                                   .sequence = 0};
    assert_told(
        app_describe_put_shape, &info,
        ", \"planes\": [{\"offset\": 16, \"stride\": 64}, {\"offset\": 4096, \"stride\": 128}]"
        ", \"primaries\": \"bt2020\", \"transfer\": \"smpte2084\""
        ", \"chroma_site\": \"topleft\", \"field_order\": \"tt\""
        ", \"frame_rate\": \"30000/1001\", \"pixel_aspect\": \"12/11\"");
    assert_told(app_describe_put_moment, &info,
                ", \"sequence\": 0, \"exposure_ns\": 18446744073709551615, \"corrupt\": true");
}

/* Whatever a peer has written. */
static void test_numbers_without_a_name(void **state) {
    (void)state;
    const ferry_frame_info info = {
        .color_primaries = 4294967295u, .color_transfer = 2, .chroma_site = 77, .field_order = 6};
    assert_told(
        app_describe_put_shape, &info,
        ", \"planes\": null, \"primaries\": 4294967295, \"transfer\": 2, \"chroma_site\": 77"
        ", \"field_order\": 6, \"frame_rate\": null, \"pixel_aspect\": null");
}

static void test_what_makes_another_shape(void **state) {
    (void)state;
    ferry_frame_info a = {.width = 4, .height = 3}, b = a;
    b.flags = FERRY_FRAME_CORRUPT;
    b.sequence = b.number = b.capture_ns = 7;
    assert_true(app_describe_is_same_shape(&a, &b));
    b.plane_stride_bytes[FERRY_PLANES_MAX - 1] = 1;
    assert_false(app_describe_is_same_shape(&a, &b));
    b = a;
    b.length_bytes = 5;
    assert_false(app_describe_is_same_shape(&a, &b));
    a.format = b.format = FERRY_FORMAT_MJPEG;
    assert_true(app_describe_is_same_shape(&a, &b));
    b = a;
    b.width = 5;
    assert_false(app_describe_is_same_shape(&a, &b));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_is_known),
        cmocka_unit_test(test_all_is_known),
        cmocka_unit_test(test_numbers_without_a_name),
        cmocka_unit_test(test_what_makes_another_shape),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
