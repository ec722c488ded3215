#include "channel/geometry.h"

#include <string.h>

#include "channel/damage.h"
#include "support/error.h"

static const uint8_t frames_magic[8] = {'F', 'E', 'R', 'R', 'Y', 'F', 'R', 'M'};
static const uint8_t vacant_magic[8] = {'F', 'E', 'R', 'R', 'Y', 'V', 'A', 'C'};

/* Where the header of slot 0 lies in a native channel, so that its pixels start on a page. */
enum { NATIVE_FIRST_SLOT = FERRYI_SHM_PAGE - FERRY_HEADER_BYTES };

/* Frames that a consumer may have in hand where the producer does not choose. */
enum { USUALLY_HELD = 8 };

static uint64_t block_pages(void) {
    return ferryi_layout_whole_pages(sizeof(ferryi_block) + sizeof(ferryi_trailer));
}

ferry_status ferryi_geometry_make(ferryi_geometry *out, uint32_t slots, uint64_t slot_bytes,
                                  ferry_error *error) {
    if (slots < 2 || slots > FERRY_MAX_SLOTS)
        return ferryi_fail(error, FERRY_INVALID_ARGUMENT, 0, "slots is %u: a channel has 2 to %d",
                           (unsigned)slots, FERRY_MAX_SLOTS);
    if (slot_bytes <= FERRY_HEADER_BYTES || slot_bytes > (uint64_t)INT32_MAX + FERRY_HEADER_BYTES)
        return ferryi_fail(error, FERRY_INVALID_ARGUMENT, 0,
                           "slot_bytes is %llu: a slot takes more than %d bytes and at most 2 GiB",
                           (unsigned long long)slot_bytes, FERRY_HEADER_BYTES);
    out->dialect = FERRY_DIALECT_NATIVE;
    out->slots = slots;
    out->slot_stride = ferryi_layout_whole_pages(slot_bytes);
    out->first_slot = NATIVE_FIRST_SLOT;
    uint32_t most_held = ferryi_geometry_most_held(slots);
    out->max_held = most_held < USUALLY_HELD ? most_held : USUALLY_HELD;
    out->block_offset = FERRYI_SHM_PAGE + slots * out->slot_stride;
    out->object_bytes = out->block_offset + block_pages();
    return FERRY_OK;
}

void ferryi_geometry_plan_one_slot(ferryi_geometry *out, uint32_t dialect, uint64_t slot_bytes) {
    *out = (ferryi_geometry){.dialect = dialect, .slots = 1, .slot_stride = slot_bytes};
}

void ferryi_geometry_place_behind(ferryi_geometry *g, uint64_t object_bytes) {
    uint64_t taken = object_bytes > g->slot_stride ? object_bytes : g->slot_stride;
    g->first_slot = 0;
    g->block_offset = ferryi_layout_whole_pages(taken);
    g->object_bytes = g->block_offset + block_pages();
}

void ferryi_geometry_place_inside(ferryi_geometry *g, uint64_t object_bytes) {
    g->first_slot = 0;
    g->block_offset = object_bytes - block_pages();
    if (g->slot_stride > g->block_offset)
        g->slot_stride = g->block_offset;
    g->object_bytes = object_bytes;
}

static ferryi_trailer *trailer_at(const ferryi_shm *frames) {
    return (ferryi_trailer *)(void *)(frames->base + frames->size_bytes - sizeof(ferryi_trailer));
}

/* Zeros where nobody has ever written one. */
static ferryi_trailer read_trailer(const ferryi_shm *frames) {
    ferryi_trailer trailer = {0};
    uint64_t offset = frames->size_bytes - sizeof trailer;
    if (ferryi_shm_is_backed(frames, offset, sizeof trailer))
        memcpy(&trailer, trailer_at(frames), sizeof trailer);
    return trailer;
}

void ferryi_geometry_write_block(const ferryi_shm *frames, const ferryi_geometry *geometry) {
    ferryi_block *block = ferryi_geometry_block(frames, geometry);
    memcpy(block->magic, frames_magic, sizeof frames_magic);
    block->layout_version = FERRY_LAYOUT_VERSION;
    block->dialect = geometry->dialect;
    block->slot_stride = geometry->slot_stride;
    block->first_slot = geometry->first_slot;
    block->slots = geometry->slots;
    block->max_held = (uint32_t)geometry->max_held;

    ferryi_trailer *trailer = trailer_at(frames);
    trailer->block_offset = geometry->block_offset;
    trailer->block_bytes = sizeof(ferryi_block);
    trailer->layout_version = FERRY_LAYOUT_VERSION;
    /* Magic last: in the dialect the object has its name already. */
    atomic_thread_fence(memory_order_release);
    memcpy(trailer->magic, frames_magic, sizeof frames_magic);
}

void ferryi_geometry_vacate(const ferryi_shm *frames) {
    memcpy(trailer_at(frames)->magic, vacant_magic, sizeof vacant_magic);
}

uint64_t ferryi_geometry_vacant_offset(const ferryi_shm *frames) {
    if (frames->size_bytes < block_pages())
        return frames->size_bytes;
    ferryi_trailer trailer = read_trailer(frames);
    uint64_t only_place = frames->size_bytes - block_pages();
    bool vacant = memcmp(trailer.magic, vacant_magic, sizeof vacant_magic) == 0 &&
                  trailer.layout_version == FERRY_LAYOUT_VERSION &&
                  trailer.block_offset == only_place && only_place % FERRYI_SHM_PAGE == 0;
    return vacant ? only_place : frames->size_bytes;
}

/* Whether the values of a block can be, given the size of the object they were found in. */
static const char *find_fault(const ferryi_geometry *g) {
    bool native = g->dialect == FERRY_DIALECT_NATIVE;
    if (g->dialect >= FERRYI_DIALECT_COUNT)
        return "dialect";
    if (native ? g->slots < 2 || g->slots > FERRY_MAX_SLOTS : g->slots != 1)
        return "number of slots";
    if (g->first_slot != (native ? NATIVE_FIRST_SLOT : 0))
        return "first slot";
    if (g->max_held > ferryi_geometry_most_held(g->slots) || (native && g->max_held == 0))
        return "number of frames in hand";
    if (g->slot_stride < FERRYI_SHM_PAGE || g->slot_stride % FERRYI_SHM_PAGE != 0)
        return "slot size";
    uint64_t before_slots = native ? FERRYI_SHM_PAGE : 0;
    if (g->slot_stride > (g->block_offset - before_slots) / g->slots)
        return "slots and block overlap";
    return NULL;
}

ferry_status ferryi_geometry_find_block(uint64_t *block_offset, const ferryi_trailer *trailer,
                                        uint64_t object_bytes, ferry_error *error) {
    if (object_bytes < sizeof(ferryi_trailer))
        return ferryi_fail(error, FERRY_FOREIGN, 0, "the object is too small for a channel");
    if (!ferryi_geometry_has_magic(trailer->magic))
        return ferryi_fail(error, FERRY_FOREIGN, 0, "the object is not a channel");
    if (trailer->layout_version != FERRY_LAYOUT_VERSION)
        return ferryi_damage_version(trailer->layout_version, error); /* whatever its size */
    if (object_bytes < block_pages() || trailer->block_bytes != sizeof(ferryi_block) ||
        trailer->block_offset % FERRYI_SHM_PAGE != 0 || trailer->block_offset < FERRYI_SHM_PAGE ||
        trailer->block_offset > object_bytes - block_pages())
        return ferryi_damage_value("trailer", error);
    *block_offset = trailer->block_offset;
    return FERRY_OK;
}

ferry_status ferryi_geometry_check(ferryi_geometry *out, const ferryi_block *block,
                                   uint64_t block_offset, uint64_t object_bytes,
                                   ferry_error *error) {
    /* Volatile: each value is read once, so that what is checked is what is used. */
    const volatile ferryi_block *b = block;
    ferryi_geometry g = {.dialect = b->dialect,
                         .slots = b->slots,
                         .slot_stride = b->slot_stride,
                         .first_slot = b->first_slot,
                         .block_offset = block_offset,
                         .object_bytes = object_bytes,
                         .max_held = b->max_held};
    const char *fault = find_fault(&g);
    if (fault != NULL)
        return ferryi_damage_value(fault, error);
    *out = g;
    return FERRY_OK;
}

ferry_status ferryi_geometry_read(ferryi_geometry *out, const ferryi_shm *frames,
                                  ferry_error *error) {
    uint64_t block_offset = 0;
    ferryi_trailer trailer = {0};
    if (frames->size_bytes >= sizeof trailer)
        trailer = read_trailer(frames);
    ferry_status status =
        ferryi_geometry_find_block(&block_offset, &trailer, frames->size_bytes, error);
    if (status != FERRY_OK)
        return status;
    if (!ferryi_shm_is_backed(frames, block_offset, sizeof(ferryi_block)))
        return ferryi_damage_value("block", error);
    const ferryi_block *block = (const ferryi_block *)(const void *)(frames->base + block_offset);
    return ferryi_geometry_check(out, block, block_offset, frames->size_bytes, error);
}

uint64_t ferryi_geometry_key(const ferryi_shm *frames, const ferryi_geometry *geometry) {
    /* Relaxed: a native object's is constant. */
    return geometry->dialect == FERRY_DIALECT_NATIVE
               ? atomic_load_explicit(&ferryi_geometry_block(frames, geometry)->generation,
                                      memory_order_relaxed)
               : 0;
}

bool ferryi_geometry_has_magic(const uint8_t last[8]) {
    return memcmp(last, frames_magic, sizeof frames_magic) == 0;
}
