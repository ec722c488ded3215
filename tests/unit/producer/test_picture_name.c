/* Which files of a directory are meant to be pictures. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sources/picture_name.c"

static void test_names(void **state) {
    (void)state;
    const char *const pictures[] = {"a.png",     "A.PNG", "x/y.z/b.JPeG",
                                    "c.tar.gif", ".png",  "d.webp"};
    const char *const others[] = {
        "",       "png",        "a.txt",  "a.png.txt",      "a.pn",
        "a.pngx", "a.png/text", "a.png.", "a.pngpngpngpng", "a.p\xc3\xb1g"};
    for (size_t i = 0; i < sizeof pictures / sizeof pictures[0]; i++)
        assert_true(picture_has_name(pictures[i]));
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        assert_false(picture_has_name(others[i]));
}

static bool is_signed(const char *text, size_t count) {
    return picture_has_signature((const uint8_t *)text, count);
}

static void test_first_bytes(void **state) {
    (void)state;
    assert_true(is_signed("\x89PNG", 4));
    assert_true(is_signed("\xff\xd8\xff\xe1", 4));
    assert_true(is_signed("\xff\xd8\xff", 3));
    assert_true(is_signed("GIF8", 4));
    assert_false(is_signed("\x89PNG", 3));
    assert_false(is_signed("\xff\xd8\xff", 2));
    assert_false(is_signed("GIFt", 4));
    assert_false(is_signed("BMW ", 4));
    assert_false(is_signed("", 0));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_first_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
