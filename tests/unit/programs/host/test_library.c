/* Libraries that are loaded when they are needed: found, without a function, not there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "host/library.h"

#if defined(_WIN32)
#define LIBRARY "kernel32.dll"
#define FUNCTION "GetCurrentProcessId"
#else
#define LIBRARY "libc.so.6"
#define FUNCTION "getpid"
#endif

static void test_finds_a_function(void **state) {
    (void)state;
    host_library *library = NULL;
    ferry_error error;
    assert_int_equal(host_open_library(&library, LIBRARY, &error), FERRY_OK);
    assert_non_null(library);
    assert_non_null(host_find_function(library, FUNCTION));
    assert_null(host_find_function(library, "frameferry_has_no_such_function"));
}

static void test_says_what_is_missing(void **state) {
    (void)state;
    host_library *library = NULL;
    ferry_error error = {.status = FERRY_OK};
    assert_int_equal(host_open_library(&library, "libframeferry-is-not-there.so.0", &error),
                     FERRY_SYSTEM_ERROR);
    assert_null(library);
    assert_int_equal(error.status, FERRY_SYSTEM_ERROR);
    assert_non_null(strstr(error.message, "libframeferry-is-not-there.so.0"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_finds_a_function),
        cmocka_unit_test(test_says_what_is_missing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
