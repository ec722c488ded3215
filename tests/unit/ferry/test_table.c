/* Columns as wide as what they hold. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "table.c"

static const table_column columns[] = {{"NAME", false, 4}, {"N", true, 0}, {"WHAT", false, 6}};

static void assert_written(const table *t, unsigned width, const char *wanted) {
    app_line out = APP_LINE_INIT;
    table_write(t, &out, width);
    app_line_put(&out, "", 1);
    assert_false(out.is_cut);
    assert_string_equal(out.text, wanted);
    app_line_free(&out);
}

static void test_widths(void **state) {
    table t;
    (void)state;
    table_open(&t, columns, 3);
    assert_written(&t, 0, "NAME  N  WHAT\n");
    table_put(&t, "a");
    table_print(&t, "%d", 7);
    table_put(&t, "x");
    table_put(&t, "abcdefgh");
    table_print(&t, "%d", 12345);
    table_put(&t, "");
    assert_written(&t, 0,
                   "NAME          N  WHAT\n"
                   "a             7  x\n"
                   "abcdefgh  12345\n");
    table_close(&t);
}

/* First the gaps, then the widest of the columns that may be cut. */
static void test_too_narrow(void **state) {
    table t;
    (void)state;
    table_open(&t, columns, 3);
    table_put(&t, "abcdefgh");
    table_put(&t, "12");
    table_put(&t, "0123456789");
    assert_written(&t, 24, "NAME       N  WHAT\nabcdefgh  12  0123456789\n");
    assert_written(&t, 22, "NAME      N WHAT\nabcdefgh 12 0123456789\n");
    assert_written(&t, 20, "NAME      N WHAT\nabcdefgh 12 0123456~\n");
    assert_written(&t, 18, "NAME     N WHAT\nabcdef~ 12 012345~\n");
    assert_written(&t, 14, "NAME  N WHAT\nabc~ 12 01234~\n");
    assert_written(&t, 1, "NAME  N WHAT\nabc~ 12 01234~\n");
    table_close(&t);
}

/* A character takes one column however many bytes it has; controls are escaped. */
static void test_characters(void **state) {
    table t;
    (void)state;
    table_open(&t, columns, 3);
    table_put(&t, "\xc3\xa4\xc3\xb6\xc3\xbc");
    table_put(&t, "1");
    table_put(&t, "\x1b[m");
    table_put(&t, "\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac");
    table_put(&t, "2");
    table_put(&t, "\xff");
    assert_written(&t, 0,
                   "NAME    N  WHAT\n"
                   "\xc3\xa4\xc3\xb6\xc3\xbc     1  \\x1b[m\n"
                   "\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac"
                   "  2  \\xff\n");
    assert_written(&t, 13,
                   "NAME N WHAT\n"
                   "\xc3\xa4\xc3\xb6\xc3\xbc  1 \\x1b[m\n"
                   "\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac~ 2 \\xff\n");
    table_close(&t);
}

static void test_many_rows(void **state) {
    enum { ROWS = 1000 };
    table t;
    app_line out = APP_LINE_INIT;
    (void)state;
    table_open(&t, columns, 3);
    for (int i = 0; i < ROWS; i++) {
        table_print(&t, "row %d", i);
        table_print(&t, "%d", i);
        table_put(&t, "x");
    }
    table_write(&t, &out, 0);
    unsigned lines = 0;
    for (size_t i = 0; i < out.used; i++)
        lines += out.text[i] == '\n';
    assert_int_equal(lines, ROWS + 1);
    assert_memory_equal(out.text + out.used - 17, "\nrow 999  999  x\n", 17);
    app_line_free(&out);
    table_close(&t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_widths),
        cmocka_unit_test(test_too_narrow),
        cmocka_unit_test(test_characters),
        cmocka_unit_test(test_many_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
