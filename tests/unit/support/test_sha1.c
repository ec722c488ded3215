/* SHA-1 of the messages for which NIST has published it (FIPS 180-4's examples and the test vectors
 * of its validation programme), and at every length around the ends of blocks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/sha1.h"

static void assert_sum(const void *bytes, size_t count, const char *expected) {
    uint8_t sum[FERRYI_SHA1_BYTES];
    char digits[2 * FERRYI_SHA1_BYTES + 1];
    ferryi_sha1(sum, bytes, count);
    for (size_t i = 0; i < sizeof sum; i++)
        snprintf(digits + 2 * i, 3, "%02x", sum[i]);
    assert_string_equal(digits, expected);
}

static void test_published_messages(void **state) {
    (void)state;
    static const struct {
        const char *message, *sum;
    } cases[] = {
        {"", "da39a3ee5e6b4b0d3255bfef95601890afd80709"},
        {"abc", "a9993e364706816aba3e25717850c26c9cd0d89d"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "84983e441c3bd26ebaae4aa1f95129e5e54670f1"},
        {"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopq"
         "klmnopqrlmnopqrsmnopqrstnopqrstu",
         "a49b2446a02c645bf419f995b67091253a04a259"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_sum(cases[i].message, strlen(cases[i].message), cases[i].sum);
}

static void test_a_million_letters(void **state) {
    (void)state;
    enum { COUNT = 1000000 };
    char *letters = malloc(COUNT);
    assert_non_null(letters);
    memset(letters, 'a', COUNT);
    assert_sum(letters, COUNT, "34aa973cd4c4daa4f61eeb2bdbad27316534016f");
    free(letters);
}

/* The sum of the sums of 0 to 130 letters: the length is at each place of a block. */
static void test_every_length_of_two_blocks(void **state) {
    (void)state;
    enum { LONGEST = 130 };
    char letters[LONGEST];
    uint8_t sums[(LONGEST + 1) * FERRYI_SHA1_BYTES];
    memset(letters, 'x', sizeof letters);
    for (size_t i = 0; i <= LONGEST; i++)
        ferryi_sha1(sums + i * FERRYI_SHA1_BYTES, letters, i);
    assert_sum(sums, sizeof sums, "c8aae94427ef2bc2653160a5197170068f5fc9fd");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_published_messages),
        cmocka_unit_test(test_a_million_letters),
        cmocka_unit_test(test_every_length_of_two_blocks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
