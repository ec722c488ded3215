/* Films by their first bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Part of a program, and so in no library. */
#include "sources/film_kind.c"

/* Of exactly that length, so that a sanitizer sees a step beyond. */
static const char *kind_of(const char *text, size_t count) {
    uint8_t *bytes = malloc(count + 1);
    assert_non_null(bytes);
    memcpy(bytes + 1, text, count);
    const char *kind = film_kind(bytes + 1, count);
    free(bytes);
    return kind;
}

#define KIND(literal) kind_of(literal, sizeof(literal) - 1)

static void test_films(void **state) {
    (void)state;
    assert_string_equal(KIND("\0\0\0\x20"
                             "ftypisom"),
                        "MP4");
    assert_string_equal(KIND("\0\0\0\x20"
                             "ftypmp42"),
                        "MP4");
    assert_string_equal(KIND("\0\0\0\x14"
                             "ftypqt  "),
                        "QuickTime");
    assert_string_equal(KIND("RIFF\x10\x20\x30\x40"
                             "AVI LIST"),
                        "AVI");
    assert_string_equal(KIND("\x1a\x45\xdf\xa3\x01"), "Matroska or WebM");
    assert_string_equal(KIND("OggS\0\2"), "Ogg");
    assert_string_equal(KIND("FLV\1\5"), "Flash");
    assert_string_equal(KIND("\0\0\1\xba\x44"), "MPEG");
}

static void test_others(void **state) {
    (void)state;
    assert_null(KIND(""));
    assert_null(KIND("\0\0\0\x20"
                     "ftypavif"));
    assert_null(KIND("\0\0\0\x20"
                     "ftypheic"));
    assert_null(KIND("\0\0\0\x20"
                     "ftypmif1"));
    assert_null(KIND("RIFF\x10\x20\x30\x40"
                     "WEBPVP8 "));
    assert_null(KIND("XXXX\x10\x20\x30\x40"
                     "AVI LIST"));
    assert_null(KIND("YUV4MPEG2 W2 H2"));
    assert_null(KIND("\x89PNG\r\n\x1a\n"));
    assert_null(KIND("GGGGGGGG"));
}

static void test_transport_streams(void **state) {
    (void)state;
    char bytes[FILM_KIND_BYTES] = {0};
    bytes[0] = bytes[188] = bytes[376] = 0x47;
    assert_string_equal(kind_of(bytes, sizeof bytes), "MPEG transport stream");
    assert_string_equal(kind_of(bytes, 377), "MPEG transport stream");
    assert_null(kind_of(bytes, 376));
    bytes[188] = 0;
    assert_null(kind_of(bytes, sizeof bytes));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_films),
        cmocka_unit_test(test_others),
        cmocka_unit_test(test_transport_streams),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
