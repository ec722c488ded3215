/* Splitting commands into words, each case beside what a POSIX shell makes of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "platform/linux/split_command.h"

typedef struct split_case {
    const char *command;
    const char *words[6];
} split_case;

static const split_case good[] = {
    {"a", {"a"}},
    {"  a\tb\n c  ", {"a", "b", "c"}},
    {"'a b' c", {"a b", "c"}},
    {"\"a b\"c", {"a bc"}},
    {"a''b", {"ab"}},
    {"'' \"\"", {"", ""}},
    {"a\\ b", {"a b"}},
    {"\\'a \\\"b", {"'a", "\"b"}},
    {"'a\\'", {"a\\"}},
    {"'\"' \"'\"", {"\"", "'"}},
    {"\"\\$\\`\\\"\\\\\"", {"$`\"\\"}},
    {"\"\\a\\n\"", {"\\a\\n"}},
    {"\\a\\\\", {"a\\"}},
    {"a\\\nb", {"ab"}},
    {"a \\\n b", {"a", "b"}},
    {"\"a\\\nb\"", {"ab"}},
    {"'a\\\nb'", {"a\\\nb"}},
    {"$HOME *.c | x; y&z #w", {"$HOME", "*.c", "|", "x;", "y&z", "#w"}},
    {"\xc3\xa4 \x80", {"\xc3\xa4", "\x80"}},
};

static void test_words_come_out_as_in_a_shell(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        ferryi_split_words words;
        assert_int_equal(ferryi_split_command(&words, good[i].command, NULL), FERRY_OK);
        size_t expected = 0;
        while (expected < 6 && good[i].words[expected] != NULL)
            expected++;
        assert_int_equal(words.count, expected);
        for (size_t k = 0; k < expected; k++)
            assert_string_equal(words.list[k], good[i].words[k]);
        assert_null(words.list[expected]);
        ferryi_split_command_free(&words);
        assert_null(words.list);
    }
}

static void test_what_is_not_whole_is_refused(void **state) {
    (void)state;
    static const struct {
        const char *command;
        const char *sentence;
    } bad[] = {
        {"", "empty"},          {" \t\n", "empty"},
        {"\\\n", "empty"},      {"a 'b", "single quote"},
        {"a \"b", "double"},    {"a \"b\\\"", "double"},
        {"'a\\'' b", "single"}, {"a \\", "backslash"},
        {"\"a\\", "double"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        ferryi_split_words words;
        ferry_error error = {.status = FERRY_OK};
        assert_int_equal(ferryi_split_command(&words, bad[i].command, &error),
                         FERRY_INVALID_ARGUMENT);
        assert_int_equal(error.status, FERRY_INVALID_ARGUMENT);
        assert_non_null(strstr(error.message, bad[i].sentence));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words_come_out_as_in_a_shell),
        cmocka_unit_test(test_what_is_not_whole_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
