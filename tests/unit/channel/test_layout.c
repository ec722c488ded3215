/* Where everything lies in shared memory, and what is made of it when a peer wrote it. The objects
 * here are plain memory of exactly their size, so that AddressSanitizer sees a step outside. */
#define _GNU_SOURCE /* MAP_ANONYMOUS */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "channel/geometry.h"
#include "channel/layout.h"
#include "pages.h"

#define PAGE ((uint64_t)FERRYI_SHM_PAGE)

/* ---- making ---- */

/* No two parts of an object share a byte, and all of them lie inside. */
static void assert_sound(const ferryi_geometry *g) {
    uint64_t before = g->dialect == FERRY_DIALECT_NATIVE ? PAGE - FERRY_HEADER_BYTES : 0;
    assert_true(g->slots >= 1 && g->slots <= FERRY_MAX_SLOTS);
    assert_true(ferryi_geometry_slot_offset(g, 0) == before);
    uint64_t last_end = 0;
    for (uint32_t k = 0; k < g->slots; k++) {
        uint64_t start = ferryi_geometry_slot_offset(g, k);
        assert_true(start >= last_end);
        last_end = start + FERRY_HEADER_BYTES + ferryi_geometry_slot_capacity(g);
        assert_true(last_end > start);
        if (g->dialect == FERRY_DIALECT_NATIVE)
            assert_true((start + FERRY_HEADER_BYTES) % PAGE == 0);
    }
    assert_true(g->block_offset >= last_end);
    assert_true(g->block_offset % PAGE == 0 && g->object_bytes % PAGE == 0);
    assert_true(g->object_bytes >= sizeof(ferryi_block) + sizeof(ferryi_trailer));
    assert_true(g->block_offset <= g->object_bytes - sizeof(ferryi_block) - sizeof(ferryi_trailer));
}

static void test_every_geometry_is_sound(void **state) {
    (void)state;
    static const uint64_t sizes[] = {17,   4095, 4096,      4097,     8191,
                                     8192, 8193, 65536 + 1, 33554432, (uint64_t)INT32_MAX + 16};
    for (uint32_t slots = 2; slots <= FERRY_MAX_SLOTS; slots++) {
        for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
            ferryi_geometry g = {0};
            assert_int_equal(ferryi_geometry_make(&g, slots, sizes[i], NULL), FERRY_OK);
            assert_sound(&g);
            assert_int_equal(g.slots, slots);
            assert_int_equal(g.dialect, FERRY_DIALECT_NATIVE);
            assert_true(g.slot_stride >= sizes[i] && g.slot_stride < sizes[i] + PAGE);
            assert_true(ferryi_geometry_slot_capacity(&g) >= sizes[i] - FERRY_HEADER_BYTES);
        }
    }
}

static void test_the_default_slot_is_that_of_baseimage(void **state) {
    (void)state;
    ferryi_geometry g = {0};
    assert_int_equal(ferryi_geometry_make(&g, FERRY_DEFAULT_SLOTS, FERRY_DEFAULT_SLOT_BYTES, NULL),
                     FERRY_OK);
    assert_int_equal(g.slot_stride, 33554432);
    assert_int_equal(ferryi_geometry_slot_capacity(&g), 33554432 - 16);
    assert_int_equal(g.first_slot, 4080);
    assert_int_equal(g.block_offset, 4096 + 8 * 33554432);
}

static void test_a_geometry_that_cannot_be_is_refused(void **state) {
    (void)state;
    static const struct {
        uint32_t slots;
        uint64_t bytes;
    } wrong[] = {{0, 4096}, {1, 4096}, {65, 4096},       {UINT32_MAX, 4096},           {2, 0},
                 {2, 1},    {2, 16},   {64, UINT64_MAX}, {2, (uint64_t)INT32_MAX + 17}};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        ferryi_geometry g = {0};
        ferry_error error = {0};
        assert_int_equal(ferryi_geometry_make(&g, wrong[i].slots, wrong[i].bytes, &error),
                         FERRY_INVALID_ARGUMENT);
        assert_int_equal(error.status, FERRY_INVALID_ARGUMENT);
        assert_true(strlen(error.message) > 20);
    }
}

static void test_the_dialect_keeps_what_was_there(void **state) {
    (void)state;
    static const struct {
        uint64_t found, block;
    } cases[] = {{0, 33554432},
                 {4096, 33554432},
                 {33554432, 33554432},
                 {33554433, 33554432 + 4096},
                 {40000000, 40001536}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ferryi_geometry g = {0};
        ferryi_geometry_plan_one_slot(&g, FERRY_DIALECT_BASEIMAGE, FERRY_DEFAULT_SLOT_BYTES);
        ferryi_geometry_place_behind(&g, cases[i].found);
        assert_sound(&g);
        assert_int_equal(g.dialect, FERRY_DIALECT_BASEIMAGE);
        assert_int_equal(g.slots, 1);
        assert_int_equal(ferryi_geometry_slot_offset(&g, 0), 0);
        assert_int_equal(g.slot_stride, 33554432);
        assert_int_equal(g.block_offset, cases[i].block);
    }
}

/* ---- reading what a peer may have written ---- */

static ferryi_shm plain_object(uint64_t bytes) {
    ferryi_shm shm = FERRYI_SHM_INIT;
    shm.base = new_pages(bytes);
    assert_non_null(shm.base);
    memset(shm.base, 0, bytes);
    shm.size_bytes = bytes;
    return shm;
}

static ferryi_shm new_channel(ferryi_geometry *g, uint32_t slots, uint64_t slot_bytes) {
    assert_int_equal(ferryi_geometry_make(g, slots, slot_bytes, NULL), FERRY_OK);
    ferryi_shm shm = plain_object(g->object_bytes);
    ferryi_geometry_write_block(&shm, g);
    return shm;
}

/* Whatever is in the object: a geometry that can be used, or a reason. Touches what lies at its
 * ends. */
static ferry_status assert_read_is_safe(const ferryi_shm *shm) {
    ferryi_geometry g = {.slots = 77};
    ferry_error error = {0};
    ferry_status status = ferryi_geometry_read(&g, shm, &error);
    if (status != FERRY_OK) {
        assert_true(status == FERRY_FOREIGN || status == FERRY_WRONG_VERSION ||
                    status == FERRY_MALFORMED);
        assert_int_equal(error.status, status);
        assert_true(strlen(error.message) > 20);
        assert_int_equal(g.slots, 77); /* left as it was */
        return status;
    }
    assert_int_equal(error.status, FERRY_OK);
    assert_sound(&g);
    assert_true(g.object_bytes == shm->size_bytes);
    volatile uint8_t *bytes = shm->base;
    for (uint32_t k = 0; k < g.slots; k++)
        (void)(bytes[ferryi_geometry_slot_offset(&g, k)] +
               ferryi_geometry_pixels(shm, &g, k)[ferryi_geometry_slot_capacity(&g) - 1]);
    (void)bytes[g.block_offset + sizeof(ferryi_block) - 1];
    return status;
}

static void test_what_was_written_is_read(void **state) {
    (void)state;
    static const uint32_t counts[] = {2, 3, 8, 64};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        ferryi_geometry made = {0}, found = {0};
        ferryi_shm shm = new_channel(&made, counts[i], 5000);
        assert_int_equal(ferryi_geometry_read(&found, &shm, NULL), FERRY_OK);
        assert_memory_equal(&found, &made, sizeof found);
        assert_int_equal(assert_read_is_safe(&shm), FERRY_OK);
        ferryi_geometry_vacate(&shm);
        assert_int_equal(assert_read_is_safe(&shm), FERRY_FOREIGN);
        free_pages(shm.base);
    }
    ferryi_geometry made = {0}, found = {0};
    ferryi_geometry_plan_one_slot(&made, FERRY_DIALECT_BASEIMAGE, FERRY_DEFAULT_SLOT_BYTES);
    ferryi_geometry_place_behind(&made, 0);
    ferryi_shm shm = plain_object(made.object_bytes);
    ferryi_geometry_write_block(&shm, &made);
    assert_int_equal(ferryi_geometry_read(&found, &shm, NULL), FERRY_OK);
    assert_memory_equal(&found, &made, sizeof found);
    free_pages(shm.base);
}

/* A block that is left behind in somebody else's object is found by the next producer, and by
 * nobody else; what a peer makes of its trailer leads at most to a block behind everything. */
static void test_a_vacant_place(void **state) {
    (void)state;
    ferryi_geometry g = {0}, again = {0};
    ferryi_geometry_plan_one_slot(&g, FERRY_DIALECT_BASEIMAGE, FERRY_DEFAULT_SLOT_BYTES);
    ferryi_geometry_place_behind(&g, 0);
    ferryi_shm shm = plain_object(g.object_bytes);
    ferryi_trailer *trailer =
        (ferryi_trailer *)(void *)(shm.base + shm.size_bytes - sizeof(ferryi_trailer));
    assert_true(ferryi_geometry_vacant_offset(&shm) == shm.size_bytes);
    ferryi_geometry_write_block(&shm, &g);
    assert_true(ferryi_geometry_vacant_offset(&shm) == shm.size_bytes);
    ferryi_geometry_vacate(&shm);
    assert_int_equal(assert_read_is_safe(&shm), FERRY_FOREIGN);
    assert_true(ferryi_geometry_vacant_offset(&shm) == g.block_offset);
    ferryi_geometry_plan_one_slot(&again, FERRY_DIALECT_BASEIMAGE, FERRY_DEFAULT_SLOT_BYTES);
    ferryi_geometry_place_behind(&again, ferryi_geometry_vacant_offset(&shm));
    assert_memory_equal(&again, &g, sizeof g);
    const ferryi_trailer good = *trailer;
    static const uint64_t wrong[] = {0, 1, 4096, 33554431, 33554433, 33554432 + 4096, UINT64_MAX};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        trailer->block_offset = wrong[i];
        assert_true(ferryi_geometry_vacant_offset(&shm) == shm.size_bytes);
        *trailer = good;
        trailer->layout_version = (uint32_t)(wrong[i]);
        assert_true(ferryi_geometry_vacant_offset(&shm) == shm.size_bytes);
        *trailer = good;
        trailer->magic[i] ^= 1;
        assert_true(ferryi_geometry_vacant_offset(&shm) == shm.size_bytes);
        *trailer = good;
    }
    assert_true(ferryi_geometry_vacant_offset(&shm) == g.block_offset);
    free_pages(shm.base);
    for (uint64_t pages = 1; pages < 21; pages++) {
        ferryi_shm small = plain_object(pages * PAGE);
        assert_true(ferryi_geometry_vacant_offset(&small) == small.size_bytes);
        free_pages(small.base);
    }
}

typedef struct field {
    size_t offset, bytes; /* from the start of the trailer or of the block */
    bool in_trailer;
} field;

#define TRAILER_FIELD(name)                                                                        \
    { offsetof(ferryi_trailer, name), sizeof(((ferryi_trailer *)0)->name), true }
#define BLOCK_FIELD(name)                                                                          \
    { offsetof(ferryi_block, name), sizeof(((ferryi_block *)0)->name), false }

static const field fields[] = {
    TRAILER_FIELD(block_offset), TRAILER_FIELD(block_bytes), TRAILER_FIELD(layout_version),
    BLOCK_FIELD(dialect),        BLOCK_FIELD(slot_stride),   BLOCK_FIELD(first_slot),
    BLOCK_FIELD(slots),          BLOCK_FIELD(max_held),
};
enum { FIELDS = sizeof fields / sizeof fields[0], SLOTS = 3, SLOT_BYTES = 8192 };

static void put(const ferryi_shm *shm, const ferryi_geometry *g, const field *f, uint64_t value) {
    uint8_t *start = f->in_trailer ? shm->base + shm->size_bytes - sizeof(ferryi_trailer)
                                   : shm->base + g->block_offset;
    memcpy(start + f->offset, &value, f->bytes); /* little-endian: the low bytes come first */
}

/* Values at which a check that is missing or off by one shows. */
static size_t adversarial(uint64_t out[static 64], const ferryi_geometry *g) {
    const uint64_t around[] = {0,
                               PAGE,
                               g->slot_stride,
                               g->first_slot,
                               g->block_offset,
                               g->object_bytes,
                               g->object_bytes - sizeof(ferryi_trailer),
                               g->slots,
                               FERRY_MAX_SLOTS,
                               sizeof(ferryi_block),
                               (uint64_t)1 << 31,
                               (uint64_t)1 << 32,
                               (uint64_t)1 << 63};
    size_t count = 0;
    for (size_t i = 0; i < sizeof around / sizeof around[0]; i++) {
        out[count++] = around[i];
        out[count++] = around[i] - 1;
        out[count++] = around[i] + 1;
        out[count++] = around[i] + PAGE;
    }
    out[count++] = g->slot_stride - PAGE;
    out[count++] = g->block_offset - PAGE;
    out[count++] = UINT64_MAX - PAGE + 1;
    return count;
}

static void test_adversarial_fields_alone_and_in_pairs(void **state) {
    (void)state;
    ferryi_geometry g = {0};
    uint64_t values[64];
    ferryi_shm fresh = new_channel(&g, SLOTS, SLOT_BYTES);
    ferryi_shm shm = plain_object(g.object_bytes);
    size_t count = adversarial(values, &g), sound = 0;
    for (size_t i = 0; i < FIELDS * count; i++) {
        for (size_t k = 0; k < FIELDS * count; k++) {
            memcpy(shm.base + g.block_offset, fresh.base + g.block_offset, 64);
            memcpy(shm.base + g.object_bytes - 64, fresh.base + g.object_bytes - 64, 64);
            put(&shm, &g, &fields[i / count], values[i % count]);
            put(&shm, &g, &fields[k / count], values[k % count]);
            sound += assert_read_is_safe(&shm) == FERRY_OK;
        }
    }
    assert_true(sound > 0); /* some of the values are those that were there */
    free_pages(shm.base);
    free_pages(fresh.base);
}

typedef struct single {
    field where;
    uint64_t value;
    ferry_status status;
} single;

static void test_each_field_has_its_status(void **state) {
    (void)state;
    /* Three slots of 8192 bytes: the block lies at 28672 in an object of 57344. */
    static const single singles[] = {
        {TRAILER_FIELD(layout_version), 0, FERRY_WRONG_VERSION},
        {TRAILER_FIELD(layout_version), 1, FERRY_WRONG_VERSION},
        {TRAILER_FIELD(layout_version), 3, FERRY_WRONG_VERSION},
        {TRAILER_FIELD(layout_version), UINT32_MAX, FERRY_WRONG_VERSION},
        {TRAILER_FIELD(block_bytes), 0, FERRY_MALFORMED},
        {TRAILER_FIELD(block_bytes), sizeof(ferryi_block) - 1, FERRY_MALFORMED},
        {TRAILER_FIELD(block_bytes), sizeof(ferryi_block) + 1, FERRY_MALFORMED},
        {TRAILER_FIELD(block_offset), 0, FERRY_MALFORMED},
        {TRAILER_FIELD(block_offset), 28671, FERRY_MALFORMED},
        {TRAILER_FIELD(block_offset), 28672 + 4096, FERRY_MALFORMED},
        {TRAILER_FIELD(block_offset), UINT64_MAX - 4095, FERRY_MALFORMED},
        {BLOCK_FIELD(dialect), 1, FERRY_MALFORMED},
        {BLOCK_FIELD(dialect), 2, FERRY_MALFORMED},
        {BLOCK_FIELD(dialect), UINT32_MAX, FERRY_MALFORMED},
        {BLOCK_FIELD(slots), 0, FERRY_MALFORMED},
        {BLOCK_FIELD(slots), 1, FERRY_MALFORMED},
        {BLOCK_FIELD(slots), 2, FERRY_OK}, /* leaves a gap, which harms nobody */
        {BLOCK_FIELD(slots), 4, FERRY_MALFORMED},
        {BLOCK_FIELD(slots), UINT32_MAX, FERRY_MALFORMED},
        {BLOCK_FIELD(slot_stride), 0, FERRY_MALFORMED},
        {BLOCK_FIELD(slot_stride), 16, FERRY_MALFORMED},
        {BLOCK_FIELD(slot_stride), 4096, FERRY_OK}, /* as above */
        {BLOCK_FIELD(slot_stride), 8191, FERRY_MALFORMED},
        {BLOCK_FIELD(slot_stride), 12288, FERRY_MALFORMED},
        {BLOCK_FIELD(slot_stride), UINT64_MAX / 3 + 1, FERRY_MALFORMED},
        {BLOCK_FIELD(slot_stride), UINT64_MAX - 4095, FERRY_MALFORMED},
        {BLOCK_FIELD(first_slot), 0, FERRY_MALFORMED},
        {BLOCK_FIELD(first_slot), 4079, FERRY_MALFORMED},
        {BLOCK_FIELD(first_slot), 4080 + 4096, FERRY_MALFORMED},
        {BLOCK_FIELD(first_slot), UINT64_MAX, FERRY_MALFORMED},
        {BLOCK_FIELD(max_held), 0, FERRY_MALFORMED},
        {BLOCK_FIELD(max_held), 1, FERRY_OK},
        {BLOCK_FIELD(max_held), 2, FERRY_MALFORMED},
        {BLOCK_FIELD(max_held), UINT32_MAX, FERRY_MALFORMED},
    };
    for (size_t i = 0; i < sizeof singles / sizeof singles[0]; i++) {
        ferryi_geometry g = {0};
        ferryi_shm shm = new_channel(&g, SLOTS, SLOT_BYTES);
        put(&shm, &g, &singles[i].where, singles[i].value);
        assert_int_equal(assert_read_is_safe(&shm), singles[i].status);
        free_pages(shm.base);
    }
}

/* Where there is room for more slots than there are places in the block. */
static void test_more_slots_than_the_block_describes(void **state) {
    (void)state;
    static const field count = BLOCK_FIELD(slots), stride = BLOCK_FIELD(slot_stride);
    ferryi_geometry g = {0};
    ferryi_shm shm = new_channel(&g, FERRY_MAX_SLOTS, 2 * PAGE);
    put(&shm, &g, &stride, PAGE);
    for (uint32_t slots = FERRY_MAX_SLOTS; slots <= 2 * FERRY_MAX_SLOTS; slots++) {
        put(&shm, &g, &count, slots);
        assert_int_equal(assert_read_is_safe(&shm),
                         slots <= FERRY_MAX_SLOTS ? FERRY_OK : FERRY_MALFORMED);
    }
    free_pages(shm.base);
}

static void test_every_bit_of_magic_and_block(void **state) {
    (void)state;
    ferryi_geometry g = {0};
    ferryi_shm shm = new_channel(&g, SLOTS, SLOT_BYTES);
    uint8_t *trailer = shm.base + shm.size_bytes - sizeof(ferryi_trailer);
    uint8_t *block = shm.base + g.block_offset;
    for (size_t bit = 0; bit < 64 * 8; bit++) {
        uint8_t mask = (uint8_t)(1u << bit % 8);
        trailer[bit / 8] ^= mask;
        ferry_status status = assert_read_is_safe(&shm);
        if (bit / 8 >= offsetof(ferryi_trailer, magic))
            assert_int_equal(status, FERRY_FOREIGN);
        trailer[bit / 8] ^= mask;
        block[bit / 8] ^= mask;
        assert_read_is_safe(&shm);
        block[bit / 8] ^= mask;
    }
    assert_int_equal(assert_read_is_safe(&shm), FERRY_OK);
    free_pages(shm.base);
}

static void test_small_objects(void **state) {
    (void)state;
    for (uint64_t pages = 1; pages <= 22; pages++) {
        ferryi_geometry g = {.block_offset = 0, .object_bytes = pages * PAGE};
        ferryi_shm shm = plain_object(g.object_bytes);
        assert_int_equal(assert_read_is_safe(&shm), FERRY_FOREIGN);
        /* The trailer of a real channel at the end of too little. */
        ferryi_geometry whole = {0};
        ferryi_shm channel = new_channel(&whole, 2, 4096);
        memcpy(shm.base + shm.size_bytes - sizeof(ferryi_trailer),
               channel.base + channel.size_bytes - sizeof(ferryi_trailer), sizeof(ferryi_trailer));
        assert_int_equal(assert_read_is_safe(&shm), FERRY_MALFORMED);
        /* Of another version, whose objects may be smaller than ours. */
        ferryi_trailer *trailer =
            (ferryi_trailer *)(void *)(shm.base + shm.size_bytes - sizeof(ferryi_trailer));
        trailer->layout_version = FERRY_LAYOUT_VERSION - 1;
        assert_int_equal(assert_read_is_safe(&shm), FERRY_WRONG_VERSION);
        free_pages(channel.base);
        free_pages(shm.base);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_geometry_is_sound),
        cmocka_unit_test(test_the_default_slot_is_that_of_baseimage),
        cmocka_unit_test(test_a_geometry_that_cannot_be_is_refused),
        cmocka_unit_test(test_the_dialect_keeps_what_was_there),
        cmocka_unit_test(test_what_was_written_is_read),
        cmocka_unit_test(test_a_vacant_place),
        cmocka_unit_test(test_adversarial_fields_alone_and_in_pairs),
        cmocka_unit_test(test_each_field_has_its_status),
        cmocka_unit_test(test_more_slots_than_the_block_describes),
        cmocka_unit_test(test_every_bit_of_magic_and_block),
        cmocka_unit_test(test_small_objects),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
