/* Notes in a frame's metadata: what is added can be read, and what is not of the form is refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <frameferry/notes.h>

static ferry_frame_info of_text(const char *text, size_t bytes) {
    ferry_frame_info info = FERRY_FRAME_INFO_INIT;
    memcpy(info.metadata, text, bytes);
    info.metadata_bytes = (uint32_t)bytes;
    return info;
}

static void add(ferry_frame_info *info, const char *key, const char *value) {
    ferry_error error = FERRY_ERROR_INIT;
    if (ferry_notes_add(info, key, value, &error) != FERRY_OK)
        fail_msg("%s=%s: %s", key, value, error.message);
}

/* A failure that leaves info as it was, and whose sentence begins with the argument. */
static void refuse(ferry_frame_info *info, const char *key, const char *value, ferry_status wanted,
                   const char *argument) {
    ferry_frame_info before = *info;
    ferry_error error = FERRY_ERROR_INIT;
    assert_int_equal(ferry_notes_add(info, key, value, NULL), wanted);
    assert_int_equal(ferry_notes_add(info, key, value, &error), wanted);
    assert_int_equal(error.status, wanted);
    if (strncmp(error.message, argument, strlen(argument)) != 0)
        fail_msg("%s: \"%s\" does not say so", argument, error.message);
    assert_memory_equal(info, &before, sizeof before);
}

static const char *const pairs[][2] = {
    {"camera", "front left"}, {"A-b_9.x", ""}, {"sum", "1+1=2 \xc3\xa4\"\\"}};
enum { PAIRS = sizeof pairs / sizeof pairs[0] };

static void test_notes_come_back_in_order(void **state) {
    (void)state;
    static const char expected[] = "camera=front left\nA-b_9.x=\nsum=1+1=2 \xc3\xa4\"\\\n";
    ferry_frame_info info = FERRY_FRAME_INFO_INIT;
    ferry_note note;
    uint32_t at = 0;
    for (size_t i = 0; i < PAIRS; i++)
        add(&info, pairs[i][0], pairs[i][1]);
    assert_int_equal(info.metadata_bytes, strlen(expected));
    assert_memory_equal(info.metadata, expected, strlen(expected));
    assert_true(ferry_notes_are_valid(&info));
    for (size_t i = 0; i < PAIRS; i++) {
        assert_true(ferry_notes_next(&info, &at, &note));
        assert_string_equal(note.key, pairs[i][0]);
        assert_string_equal(note.value, pairs[i][1]);
    }
    assert_false(ferry_notes_next(&info, &at, &note));
    assert_int_equal(at, info.metadata_bytes);
}

static void test_a_note_is_found_by_its_key(void **state) {
    (void)state;
    ferry_frame_info info = FERRY_FRAME_INFO_INIT;
    ferry_note note;
    assert_false(ferry_notes_find(&info, "camera", &note));
    for (size_t i = 0; i < PAIRS; i++)
        add(&info, pairs[i][0], pairs[i][1]);
    for (size_t i = 0; i < PAIRS; i++) {
        assert_true(ferry_notes_find(&info, pairs[i][0], &note));
        assert_string_equal(note.key, pairs[i][0]);
        assert_string_equal(note.value, pairs[i][1]);
        assert_true(ferry_notes_find(&info, pairs[i][0], NULL));
    }
    static const char *const others[] = {"", "c", "Camera", "camera=", "camera=front left", "su"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        assert_false(ferry_notes_find(&info, others[i], &note));
    /* All of it are notes, or none. */
    memcpy(info.metadata + info.metadata_bytes, "rest", 4);
    info.metadata_bytes += 4;
    assert_false(ferry_notes_find(&info, "camera", &note));
}

static void test_what_is_wrong_leaves_it_as_it_was(void **state) {
    (void)state;
    static const char *const bad_keys[] = {"", "my camera", "\xc3\xa4", "a\n", "a=b", "taken"};
    static const char *const bad_values[] = {"b\nc=d",   "\t",   "\x7f",
                                             "\xc2\x9b", "\xff", "\xe2\x82"};
    ferry_frame_info info = FERRY_FRAME_INFO_INIT;
    add(&info, "taken", "1");
    for (size_t i = 0; i < sizeof bad_keys / sizeof bad_keys[0]; i++)
        refuse(&info, bad_keys[i], "2", FERRY_INVALID_ARGUMENT, "key ");
    for (size_t i = 0; i < sizeof bad_values / sizeof bad_values[0]; i++)
        refuse(&info, "a", bad_values[i], FERRY_INVALID_ARGUMENT, "value ");
    add(&info, "take", "2");
    add(&info, "Taken", "2");
}

static void test_other_metadata_is_not_added_to(void **state) {
    (void)state;
    ferry_frame_info info = of_text("a=1\nb", 5);
    refuse(&info, "c", "2", FERRY_INVALID_ARGUMENT, "info ");
    info.metadata_bytes = FERRY_METADATA_MAX + 1;
    refuse(&info, "c", "2", FERRY_INVALID_ARGUMENT, "info ");
    info.metadata_bytes = UINT32_MAX;
    refuse(&info, "c", "2", FERRY_INVALID_ARGUMENT, "info ");
    assert_false(ferry_notes_are_valid(&info));
    assert_false(ferry_notes_find(&info, "a", NULL));
}

/* A value for a line of so many bytes that begins with "k=", its end included. */
static const char *value_for(char out[FERRY_METADATA_MAX + 8], size_t line_bytes) {
    memset(out, 'v', line_bytes - 3);
    out[line_bytes - 3] = '\0';
    return out;
}

static void test_the_last_byte_can_be_used(void **state) {
    (void)state;
    enum { MAX = FERRY_METADATA_MAX };
    char text[MAX + 8];
    ferry_frame_info info = FERRY_FRAME_INFO_INIT;
    refuse(&info, "a", value_for(text, MAX + 2), FERRY_TOO_LARGE, "the note a");
    refuse(&info, "a", value_for(text, MAX + 1), FERRY_TOO_LARGE, "the note a");
    refuse(&info, value_for(text, MAX + 2), "", FERRY_TOO_LARGE, "the note v");
    add(&info, "a", value_for(text, 200));
    refuse(&info, "b", value_for(text, MAX - 199), FERRY_TOO_LARGE, "the note b");
    add(&info, "b", value_for(text, MAX - 200));
    assert_int_equal(info.metadata_bytes, MAX);
    assert_true(ferry_notes_are_valid(&info));
    refuse(&info, "c", "", FERRY_TOO_LARGE, "the note c");

    ferry_frame_info whole = FERRY_FRAME_INFO_INIT;
    ferry_note note;
    add(&whole, "a", value_for(text, MAX));
    assert_true(ferry_notes_find(&whole, "a", &note));
    assert_int_equal(strlen(note.value), MAX - 3);
    ferry_frame_info long_key = FERRY_FRAME_INFO_INIT;
    add(&long_key, value_for(text, MAX + 1), "");
    assert_true(ferry_notes_find(&long_key, text, &note));
    assert_int_equal(strlen(note.key), MAX - 2);
}

static void test_other_metadata_is_not_taken_for_notes(void **state) {
    (void)state;
    static const struct {
        const char *text;
        size_t bytes;
    } cases[] = {{"", 0},
                 {"\n", 1},
                 {"a=b", 3},
                 {"a=b\nc", 5},
                 {"a=b\n\n", 5},
                 {"a=b\nc=d", 7},
                 {"=b\n", 3},
                 {"a=b\0\n", 5},
                 {"a\0=b\n", 5},
                 {"a=1\nb=2\na=3\n", 12},
                 {"a b=c\n", 6},
                 {"a=\x1b[2J\n", 7},
                 {"a=\xe2\x82\n", 5}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ferry_frame_info info = of_text(cases[i].text, cases[i].bytes);
        /* What comes behind would complete it. */
        memset(info.metadata + cases[i].bytes, '\n', FERRY_METADATA_MAX - cases[i].bytes);
        assert_false(ferry_notes_are_valid(&info));
    }
    ferry_frame_info full = FERRY_FRAME_INFO_INIT;
    full.metadata_bytes = FERRY_METADATA_MAX;
    memset(full.metadata, 'a', FERRY_METADATA_MAX);
    assert_false(ferry_notes_are_valid(&full));
    full.metadata[1] = '=';
    assert_false(ferry_notes_are_valid(&full));
}

/* Wherever a step begins, it stays inside, and it stops at what is no note. */
static void test_steps_from_anywhere(void **state) {
    (void)state;
    ferry_frame_info info = of_text("a=b\nno note\nc=d\n", 16);
    ferry_note note;
    uint32_t at = 0;
    assert_true(ferry_notes_next(&info, &at, &note));
    assert_int_equal(at, 4);
    assert_false(ferry_notes_next(&info, &at, &note));
    assert_int_equal(at, 4);
    for (uint32_t begin = 16; begin != 0; begin = begin < 1000 ? begin * 2 : 0) {
        at = begin;
        assert_false(ferry_notes_next(&info, &at, &note));
    }
    at = UINT32_MAX;
    assert_false(ferry_notes_next(&info, &at, &note));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_notes_come_back_in_order),
        cmocka_unit_test(test_a_note_is_found_by_its_key),
        cmocka_unit_test(test_what_is_wrong_leaves_it_as_it_was),
        cmocka_unit_test(test_other_metadata_is_not_added_to),
        cmocka_unit_test(test_the_last_byte_can_be_used),
        cmocka_unit_test(test_other_metadata_is_not_taken_for_notes),
        cmocka_unit_test(test_steps_from_anywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
