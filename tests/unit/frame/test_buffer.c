/* The buffer of a ferry_image: when there is a new one, where it begins, and whose it is. */
#define _GNU_SOURCE /* MAP_ANONYMOUS */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <frameferry/frame.h>

#include "pages.h"

static bool is_aligned(const uint8_t *pixels) {
    return (uintptr_t)pixels % PICTURE_ALIGNMENT == 0;
}

static void test_buffers_begin_on_a_line(void **state) {
    (void)state;
    static const size_t sizes[] = {1, 63, 64, 65, 1000, 4096, 230400, 921600, 24883200};
    ferry_image images[sizeof sizes / sizeof sizes[0]];
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        images[i] = (ferry_image)FERRY_IMAGE_INIT;
        assert_int_equal(ferry_image_reserve(&images[i], sizes[i]), FERRY_OK);
        assert_true(is_aligned(images[i].pixels));
        assert_int_equal(images[i].capacity_bytes, sizes[i]);
        memset(images[i].pixels, 1, sizes[i]); /* to the last byte */
    }
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        ferry_image_free(&images[i]);
        assert_true(images[i].pixels == NULL && images[i].capacity_bytes == 0);
    }
}

static void test_a_buffer_is_kept_while_it_is_large_enough(void **state) {
    (void)state;
    ferry_image image = FERRY_IMAGE_INIT;
    assert_int_equal(ferry_image_reserve(&image, 0), FERRY_OK);
    assert_non_null(image.pixels);
    assert_int_equal(ferry_image_reserve(&image, 5000), FERRY_OK);
    uint8_t *pixels = image.pixels;
    memset(pixels, 7, 5000);
    for (size_t bytes = 5000; bytes > 0; bytes -= 1000)
        assert_int_equal(ferry_image_reserve(&image, bytes), FERRY_OK);
    assert_true(image.pixels == pixels && image.capacity_bytes == 5000 && pixels[4999] == 7);
    assert_int_equal(ferry_image_reserve(&image, 5001), FERRY_OK);
    assert_int_equal(image.capacity_bytes, 5001);
    ferry_image_free(&image);
}

static void test_a_buffer_of_the_callers_own(void **state) {
    (void)state;
    ferry_image image = {.pixels = malloc(100), .capacity_bytes = 100};
    uint8_t *own = image.pixels;
    assert_non_null(own);
    assert_int_equal(ferry_image_reserve(&image, 100), FERRY_OK);
    assert_true(image.pixels == own);
    assert_int_equal(ferry_image_reserve(&image, 200), FERRY_OK); /* and own is freed */
    uint8_t *grown = realloc(image.pixels, 300);                  /* as the caller may */
    assert_non_null(grown);
    image.pixels = grown;
    ferry_image_free(&image);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_buffers_begin_on_a_line),
        cmocka_unit_test(test_a_buffer_is_kept_while_it_is_large_enough),
        cmocka_unit_test(test_a_buffer_of_the_callers_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
