/* The orientation in EXIF: both orders of bytes, every type and place of the entry, and what is no
 * orientation. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "image/exif.h"

enum { SHORT = 3, LONG = 4, RATIONAL = 5, ORIENTATION = 0x0112, MAKER = 0x010f };

typedef struct exif {
    uint8_t bytes[64];
    size_t length;
    bool big_endian;
} exif;

static void put(exif *e, size_t count, uint32_t value) {
    for (size_t i = 0; i < count; i++)
        e->bytes[e->length++] = (uint8_t)(value >> 8 * (e->big_endian ? count - 1 - i : i));
}

static void put_entry(exif *e, uint32_t tag, uint32_t type, uint32_t value) {
    put(e, 2, tag);
    put(e, 2, type);
    put(e, 4, 1);
    put(e, type == SHORT ? 2 : 4, value);
    if (type == SHORT)
        put(e, 2, 0);
}

/* Two entries, of which the second is the orientation, behind a gap. */
static exif make(bool big_endian, uint32_t type, uint32_t value) {
    exif made = {.big_endian = big_endian};
    put(&made, 2, big_endian ? 0x4d4d : 0x4949);
    put(&made, 2, 42);
    put(&made, 4, 12);
    put(&made, 4, 0);
    put(&made, 2, 2);
    put_entry(&made, MAKER, LONG, 0);
    put_entry(&made, ORIENTATION, type, value);
    return made;
}

/* Read from a block of its own, so that a sanitizer sees a byte too many. */
static uint32_t read_first(const exif *e, size_t length) {
    uint8_t *bytes = malloc(length > 0 ? length : 1);
    assert_non_null(bytes);
    memcpy(bytes, e->bytes, length);
    uint32_t value = ferryi_exif_orientation((ferryi_bytes){bytes, length, true});
    free(bytes);
    return value;
}

static void numbers_of_both_orders_and_types(void **state) {
    (void)state;
    for (uint32_t value = 1; value <= 8; value++)
        for (int big_endian = 0; big_endian <= 1; big_endian++) {
            exif brief = make(big_endian != 0, SHORT, value);
            exif wide = make(big_endian != 0, LONG, value);
            assert_int_equal(read_first(&brief, brief.length), value);
            assert_int_equal(read_first(&wide, wide.length), value);
        }
}

static void others_say_nothing(void **state) {
    (void)state;
    static const struct {
        uint32_t type, value;
    } others[] = {{SHORT, 0}, {SHORT, 9}, {SHORT, 0x0600}, {LONG, 0x00060000}, {RATIONAL, 6}};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        for (int big_endian = 0; big_endian <= 1; big_endian++) {
            exif e = make(big_endian != 0, others[i].type, others[i].value);
            assert_int_equal(read_first(&e, e.length), 0);
        }
}

static void damage_says_nothing(void **state) {
    (void)state;
    exif e = make(false, SHORT, 6);
    for (size_t length = 0; length < e.length; length++)
        assert_int_equal(read_first(&e, length), 0);
    for (size_t at = 0; at < 8; at++) {
        exif damaged = e;
        damaged.bytes[at] = 0xff; /* the mark, or where the directory is */
        assert_int_equal(read_first(&damaged, damaged.length), 0);
    }
    e.bytes[12] = e.bytes[13] = 0xff; /* more entries than there are bytes for */
    assert_int_equal(read_first(&e, e.length), 6);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_of_both_orders_and_types),
        cmocka_unit_test(others_say_nothing),
        cmocka_unit_test(damage_says_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
