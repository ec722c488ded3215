/* Copying past the cache: any length, at any distance from a line of the cache, and nothing beside
 * it. Its fences are looked for in tests/guard/fence.sh. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "support/copy.h"

enum { MARGIN = 64, LENGTHS = 400, PLACES = 64 };

static uint8_t byte_at(size_t i) {
    return (uint8_t)(i * 31 + i / 256 + 1);
}

/* Copies between two places, with a margin of 0xee around the target. */
static void check(uint8_t *to, uint8_t *from, size_t room, size_t length,
                  void (*copy)(void *, const void *, size_t)) {
    for (size_t i = 0; i < length; i++)
        from[i] = byte_at(i);
    for (size_t i = 0; i < room; i++)
        to[i] = 0xee;
    copy(to + MARGIN, from, length);
    for (size_t i = 0; i < room; i++) {
        size_t inside = i - MARGIN; /* wraps before the margin's end */
        assert_int_equal(to[i], inside < length ? byte_at(inside) : 0xee);
    }
}

static void test_every_length_and_place(void **state) {
    (void)state;
    static uint8_t from[LENGTHS + PLACES], to[LENGTHS + PLACES + 2 * MARGIN];
    for (size_t length = 0; length < LENGTHS; length += length < 140 ? 1 : 37)
        for (size_t place = 0; place < PLACES; place++)
            check(to + place, from + place * 7 % PLACES, length + 2 * MARGIN, length,
                  ferryi_copy_past_cache);
}

static void test_both_sides_of_the_limit(void **state) {
    (void)state;
    static const size_t lengths[] = {FERRYI_LARGE_COPY_BYTES - 1, FERRYI_LARGE_COPY_BYTES,
                                     FERRYI_LARGE_COPY_BYTES + 1};
    size_t room = FERRYI_LARGE_COPY_BYTES + 1 + 2 * MARGIN;
    uint8_t *from = malloc(room), *to = malloc(room);
    assert_true(from != NULL && to != NULL);
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++)
        check(to, from, room, lengths[i], ferryi_copy);
    free(from);
    free(to);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_length_and_place),
                                       cmocka_unit_test(test_both_sides_of_the_limit)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
