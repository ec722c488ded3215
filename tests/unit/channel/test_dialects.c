/* The table of dialects: each ferry_dialect but the native one has a whole row, and is found. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "channel/dialects.h"
#include "channel/layout.h"

static void test_each_id_has_a_row(void **state) {
    (void)state;
    for (uint32_t id = 0; id < FERRYI_DIALECT_COUNT; id++) {
        const ferryi_dialect *dialect = ferryi_dialects_find(id);
        assert_int_equal(dialect == NULL, id == FERRY_DIALECT_NATIVE);
        if (dialect == NULL)
            continue;
        assert_int_equal(dialect->id, id);
    }
    assert_null(ferryi_dialects_find(FERRYI_DIALECT_COUNT));
    assert_null(ferryi_dialects_find(UINT32_MAX));
}

static void test_rows_are_whole(void **state) {
    (void)state;
    for (uint32_t id = FERRY_DIALECT_NATIVE + 1; id < FERRYI_DIALECT_COUNT; id++) {
        const ferryi_dialect *d = ferryi_dialects_find(id);
        assert_non_null(d);
        assert_true(d->name != NULL && d->constant != NULL);
        assert_true(d->name_beside && d->remove_beside && d->remove_unused_beside);
        assert_true(d->is_left_beside);
        assert_true(d->plan && d->open_found && d->check_found && d->open_beside);
        assert_true(d->announce && d->keep_beside && d->remove_own_beside && d->close_beside);
        assert_true(d->read_options && d->attach);
    }
}

/* A sentence that refuses an id lists all that there are. */
static void test_the_refusal_lists_them(void **state) {
    (void)state;
    ferry_error error;
    for (uint32_t id = 0; id < FERRYI_DIALECT_COUNT; id++)
        assert_int_equal(ferryi_dialects_check(id, &error), FERRY_OK);
    assert_int_equal(ferryi_dialects_check(FERRYI_DIALECT_COUNT, &error), FERRY_INVALID_ARGUMENT);
    assert_non_null(strstr(error.message, "FERRY_DIALECT_NATIVE"));
    for (uint32_t id = FERRY_DIALECT_NATIVE + 1; id < FERRYI_DIALECT_COUNT; id++)
        assert_non_null(strstr(error.message, ferryi_dialects_find(id)->constant));
}

/* Nothing beside an object has the name of one of the channel's own objects, nor of another one. */
static void test_names_beside_are_their_own(void **state) {
    (void)state;
    ferryi_names names = {.frames = "camera", .consumers = "camera~consumers"};
    ferryi_dialects_name_beside(&names, "camera");
    assert_string_not_equal(names.event, names.frames);
    assert_string_not_equal(names.event, names.consumers);
    assert_true(strlen(names.event) > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_each_id_has_a_row),
                                       cmocka_unit_test(test_rows_are_whole),
                                       cmocka_unit_test(test_the_refusal_lists_them),
                                       cmocka_unit_test(test_names_beside_are_their_own)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
