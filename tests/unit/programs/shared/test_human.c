/* Figures for people. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "shared/human.h"

static void test_sizes(void **state) {
    static const struct {
        uint64_t bytes;
        const char *text;
    } rows[] = {
        {0, "0B"},
        {1, "1B"},
        {1023, "1023B"},
        {1024, "1K"},
        {1535, "1K"},
        {1536, "2K"},
        {2740 * 1024, "2740K"},
        {9999 * 1024, "9999K"},
        {UINT64_C(10000) * 1024, "10M"},
        {UINT64_C(256) << 20, "256M"},
        {UINT64_C(3) << 40, "3072G"},
        {UINT64_MAX, "16E"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[APP_HUMAN_BYTES];
        app_human_size(text, rows[i].bytes);
        assert_string_equal(text, rows[i].text);
    }
}

static void test_times(void **state) {
    static const struct {
        uint64_t ns;
        const char *text;
    } rows[] = {
        {0, "0.0ms"},
        {400000, "0.4ms"},
        {9940000, "9.9ms"},
        {9990000, "10ms"},
        {31000000, "31ms"},
        {999400000, "999ms"},
        {999600000, "1.0s"},
        {1200000000, "1.2s"},
        {UINT64_C(48000000000), "48s"},
        {UINT64_C(99400000000), "99s"},
        {UINT64_C(120000000000), "2m"},
        {UINT64_C(5940000000000), "99m"},
        {UINT64_C(72000000000000), "20h"},
        {UINT64_C(259200000000000), "3d"},
        {UINT64_MAX, "213504d"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[APP_HUMAN_BYTES];
        app_human_time(text, rows[i].ns);
        assert_string_equal(text, rows[i].text);
    }
}

static void test_reals(void **state) {
    static const struct {
        double value;
        const char *text;
    } rows[] = {
        {-1, "-"},  {0, "0.0"},      {0.25, "0.25"},    {0.004, "0.00"},  {0.999, "1.0"},
        {1, "1.0"}, {30.06, "30.1"}, {999.94, "999.9"}, {999.96, "1000"}, {1200.4, "1200"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[APP_HUMAN_BYTES];
        app_human_real(text, rows[i].value);
        assert_string_equal(text, rows[i].text);
    }
    char text[APP_HUMAN_BYTES];
    app_human_real(text, 1e300);
    assert_true(strlen(text) < APP_HUMAN_BYTES);
}

static void test_modes(void **state) {
    char text[APP_HUMAN_BYTES];
    (void)state;
    app_human_mode(text, 0640);
    assert_string_equal(text, "rw-r-----");
    app_human_mode(text, 0777);
    assert_string_equal(text, "rwxrwxrwx");
    app_human_mode(text, 0);
    assert_string_equal(text, "---------");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_reals),
        cmocka_unit_test(test_modes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
