/* The environment that a child gets. */
#define _GNU_SOURCE /* setenv */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <stdlib.h>

#include <frameferry/child.h>
#include <frameferry/clock.h>

/* Far more than any of these commands takes. */
#define STUCK_NS (60 * FERRY_SECOND_NS)

static void run_with(const char *channel, const char *const *variables, const char *command) {
    ferry_child_options options = FERRY_CHILD_OPTIONS_INIT;
    options.command = command;
    options.channel = channel;
    options.variables = variables;
    ferry_child *child = NULL;
    ferry_child_exit how = {.code = -1};
    assert_int_equal(ferry_child_start_with(&child, &options, NULL), FERRY_OK);
    assert_int_equal(ferry_child_wait(child, STUCK_NS, &how), FERRY_OK);
    assert_true(how.exited);
    assert_int_equal(how.code, 0);
    ferry_child_free(&child);
}

/* A shell would hide that a variable is there twice. */
#define COUNTS(pattern, count)                                                                     \
    "sh -c 'test $(tr \"\\0\" \"\\n\" </proc/$$/environ | grep -c \"^" pattern "\") = " count "'"

static void test_variables_are_replaced_in_the_child_only(void **state) {
    (void)state;
    setenv("FT_ONE", "old", 1);
    setenv("FT_ONE_MORE", "kept", 1);
    const char *set[] = {"FT_ONE=new = 1", "FT_EMPTY=", NULL};
    run_with(NULL, set, "sh -c 'test \"$FT_ONE\" = \"new = 1\"'");
    run_with(NULL, set, COUNTS("FT_ONE=", "1"));
    run_with(NULL, set, "sh -c 'test \"$FT_ONE_MORE\" = kept'");
    run_with(NULL, set, "sh -c 'test \"${FT_EMPTY-none}\" = \"\"'");
    assert_string_equal(getenv("FT_ONE"), "old");
    assert_null(getenv("FT_EMPTY"));
    const char *twice[] = {"FT_ONE=first", "FT_ONE=second", NULL};
    run_with(NULL, twice, "sh -c 'test \"$FT_ONE\" = second'");
    run_with(NULL, twice, COUNTS("FT_ONE=", "1"));
    run_with(NULL, NULL, "sh -c 'test \"$FT_ONE\" = old'");
    unsetenv("FT_ONE");
    unsetenv("FT_ONE_MORE");
}

static void test_variables_are_taken_away(void **state) {
    (void)state;
    setenv("FT_ONE", "1", 1);
    setenv("FT_ONE_MORE", "1", 1);
    setenv("FT_TWO", "1", 1);
    const char *one[] = {"FT_ONE", NULL};
    run_with(NULL, one, COUNTS("FT_ONE=", "0"));
    run_with(NULL, one, COUNTS("FT_ONE_MORE=", "1"));
    const char *several[] = {"FT_*", "FT_NEW=1", NULL};
    run_with(NULL, several, COUNTS("FT_", "1"));
    run_with(NULL, several, "sh -c 'test \"$FT_NEW\" = 1'");
    const char *taken_again[] = {"FT_NEW=1", "FT_NEW", NULL};
    run_with(NULL, taken_again, COUNTS("FT_NEW", "0"));
    assert_string_equal(getenv("FT_TWO"), "1");
    unsetenv("FT_ONE");
    unsetenv("FT_ONE_MORE");
    unsetenv("FT_TWO");
}

static void test_the_channel_may_be_left_out(void **state) {
    (void)state;
    setenv("FERRY_NAME", "inherited", 1);
    run_with(NULL, NULL, "sh -c 'test \"$FERRY_NAME\" = inherited'");
    run_with("camera", NULL, "sh -c 'test \"$FERRY_NAME\" = camera'");
    const char *given[] = {"FERRY_NAME=given", NULL};
    run_with("camera", given, "sh -c 'test \"$FERRY_NAME\" = given'");
    run_with("camera", given, COUNTS("FERRY_NAME=", "1"));
    unsetenv("FERRY_NAME");
}

static void assert_refused(const char *variable) {
    const char *variables[] = {"FT_ONE=1", variable, NULL};
    ferry_child *none = NULL;
    ferry_error error = {.status = FERRY_OK};
    ferry_child_options options = FERRY_CHILD_OPTIONS_INIT;
    options.command = "true";
    options.variables = variables;
    assert_int_equal(ferry_child_start_with(&none, &options, &error), FERRY_INVALID_ARGUMENT);
    assert_non_null(strstr(error.message, "NAME=VALUE"));
    assert_null(none);
}

static void test_a_variable_has_a_name(void **state) {
    (void)state;
    assert_refused("=1");
    assert_refused("");
    assert_refused("*");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_variables_are_replaced_in_the_child_only),
        cmocka_unit_test(test_variables_are_taken_away),
        cmocka_unit_test(test_the_channel_may_be_left_out),
        cmocka_unit_test(test_a_variable_has_a_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
