/* The consumers object as a peer may have left it, and the entries of the ring of numbers. */
#define _GNU_SOURCE /* MAP_ANONYMOUS */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "channel/consumers.h"
#include "channel/geometry.h"
#include "channel/layout.h"
#include "pages.h"

#define PAGE ((uint64_t)FERRYI_SHM_PAGE)

static ferry_status check_consumers(const ferryi_shm *shm, uint64_t generation) {
    ferry_error error = {0};
    ferry_status status = ferryi_consumers_check(shm, generation, &error);
    assert_int_equal(error.status, status);
    assert_true(status == FERRY_OK || strlen(error.message) > 20);
    return status;
}

static void test_the_consumers_object(void **state) {
    (void)state;
    /* Plain memory of exactly that size, so that AddressSanitizer sees a step outside. */
    ferryi_shm shm = {.size_bytes = ferryi_consumers_bytes(), .handle = -1};
    shm.base = new_pages(shm.size_bytes);
    assert_non_null(shm.base);
    memset(shm.base, 0, shm.size_bytes);
    ferryi_consumers *consumers = (ferryi_consumers *)(void *)shm.base;
    assert_true(shm.size_bytes % PAGE == 0 && shm.size_bytes >= sizeof *consumers);
    assert_int_equal(check_consumers(&shm, 0), FERRY_FOREIGN);
    ferryi_consumers_write(&shm, 99);
    assert_int_equal(check_consumers(&shm, 99), FERRY_OK);
    assert_int_equal(check_consumers(&shm, 98), FERRY_NO_PRODUCER);
    assert_int_equal(check_consumers(&shm, 0), FERRY_NO_PRODUCER);
    for (uint32_t i = 0; i < FERRY_MAX_CONSUMERS; i++)
        assert_true(consumers->record[i].next == FERRYI_NEXT_NONE &&
                    consumers->record[i].held == 0);
    static const uint32_t wrong[] = {0, 1, FERRY_MAX_CONSUMERS - 1, FERRY_MAX_CONSUMERS + 1,
                                     UINT32_MAX};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        consumers->record_count = wrong[i];
        assert_int_equal(check_consumers(&shm, 99), FERRY_MALFORMED);
        consumers->record_count = FERRY_MAX_CONSUMERS;
        consumers->layout_version = wrong[i];
        assert_int_equal(check_consumers(&shm, 99), FERRY_WRONG_VERSION);
        consumers->layout_version = FERRY_LAYOUT_VERSION;
    }
    for (size_t bit = 0; bit < sizeof consumers->magic * 8; bit++) {
        shm.base[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_equal(check_consumers(&shm, 99), FERRY_FOREIGN);
        shm.base[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    assert_int_equal(check_consumers(&shm, 99), FERRY_OK);
    for (uint64_t size = 0; size < shm.size_bytes; size += PAGE) {
        ferryi_shm cut = {.base = shm.base, .size_bytes = size, .handle = -1};
        assert_int_equal(check_consumers(&cut, 99), FERRY_FOREIGN);
    }
    free_pages(shm.base);
}

static void test_entries_at_their_limits(void **state) {
    (void)state;
    static const uint64_t frames[] = {
        0, 1, 63, 64, 255, 256, FERRYI_FRAME_MAX - 1, FERRYI_FRAME_MAX};
    assert_true(FERRYI_FRAME_MAX == (UINT64_C(1) << 56) - 1);
    for (size_t i = 0; i < sizeof frames / sizeof frames[0]; i++) {
        for (uint32_t slot = 0; slot < 256; slot++) {
            uint64_t entry = ferryi_entry_pack(frames[i], slot);
            assert_true(ferryi_entry_frame(entry) == frames[i]);
            assert_int_equal(ferryi_entry_slot(entry), slot);
        }
    }
    assert_int_equal(ferryi_entry_slot(UINT64_MAX), 255);
    assert_true(ferryi_entry_frame(UINT64_MAX) == FERRYI_FRAME_MAX);
}

/* In an object of another program's that cannot be made longer, of exactly the size that such
 * programs make, or of another one. */
static void test_a_block_inside(void **state) {
    (void)state;
    enum { BLOCK_BYTES = 86016 };
    static const struct {
        uint64_t object_bytes, slot_stride;
    } cases[] = {{33554432, 33554432 - BLOCK_BYTES},
                 {33554432 + PAGE, 33554432 + PAGE - BLOCK_BYTES},
                 {33554432 + BLOCK_BYTES, 33554432},
                 {2 * UINT64_C(33554432), 33554432}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ferryi_geometry made = {0}, found = {0};
        ferryi_shm shm = {.size_bytes = cases[i].object_bytes, .handle = -1};
        shm.base = new_pages(shm.size_bytes);
        assert_non_null(shm.base);
        memset(shm.base, 0x77, shm.size_bytes);
        ferryi_geometry_plan_one_slot(&made, FERRY_DIALECT_BASEIMAGE, FERRY_DEFAULT_SLOT_BYTES);
        ferryi_geometry_place_inside(&made, shm.size_bytes);
        assert_int_equal(made.dialect, FERRY_DIALECT_BASEIMAGE);
        assert_true(made.slots == 1 && made.first_slot == 0);
        assert_true(made.slot_stride == cases[i].slot_stride);
        assert_true(made.block_offset == shm.size_bytes - BLOCK_BYTES);
        assert_true(made.object_bytes == shm.size_bytes);
        ferryi_geometry_write_block(&shm, &made);
        assert_int_equal(ferryi_geometry_read(&found, &shm, NULL), FERRY_OK);
        assert_memory_equal(&found, &made, sizeof found);
        assert_true(ferryi_geometry_key(&shm, &found) == 0); /* it changes hands */
        ferryi_geometry_vacate(&shm);
        assert_true(ferryi_geometry_vacant_offset(&shm) == made.block_offset);
        for (uint64_t at = 0; at < made.block_offset; at += 511)
            assert_int_equal(shm.base[at], 0x77);
        free_pages(shm.base);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_consumers_object),
        cmocka_unit_test(test_a_block_inside),
        cmocka_unit_test(test_entries_at_their_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
