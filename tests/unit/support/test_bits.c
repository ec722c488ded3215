/* Masks of 64 numbers, at both ends and for every number alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support/bits.h"

static void test_one_holds_its_number_alone(void **state) {
    (void)state;
    assert_int_equal(ferryi_bits_one(0), 1);
    assert_int_equal(ferryi_bits_one(31), UINT64_C(0x80000000));
    assert_int_equal(ferryi_bits_one(63), UINT64_C(0x8000000000000000));
    for (uint32_t number = 0; number < FERRYI_BITS; number++)
        for (uint32_t other = 0; other < FERRYI_BITS; other++)
            assert_int_equal(ferryi_bits_has(ferryi_bits_one(number), other), number == other);
}

static void test_has_looks_at_one_number_of_many(void **state) {
    (void)state;
    uint64_t mask = UINT64_C(0x8000000100000005);
    for (uint32_t number = 0; number < FERRYI_BITS; number++) {
        bool is_in = number == 0 || number == 2 || number == 32 || number == 63;
        assert_int_equal(ferryi_bits_has(mask, number), is_in);
        assert_int_equal(ferryi_bits_has(~mask, number), !is_in);
    }
}

static void test_count(void **state) {
    (void)state;
    assert_int_equal(ferryi_bits_count(0), 0);
    assert_int_equal(ferryi_bits_count(UINT64_MAX), FERRYI_BITS);
    assert_int_equal(ferryi_bits_count(UINT64_C(0x8000000100000005)), 4);
    uint64_t mask = 0;
    for (uint32_t number = 0; number < FERRYI_BITS; number++) {
        assert_int_equal(ferryi_bits_count(ferryi_bits_one(number)), 1);
        mask |= ferryi_bits_one(number);
        assert_int_equal(ferryi_bits_count(mask), number + 1);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_holds_its_number_alone),
        cmocka_unit_test(test_has_looks_at_one_number_of_many),
        cmocka_unit_test(test_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
