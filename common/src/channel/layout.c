#include "channel/layout.h"

#include <string.h>

#include "support/error.h"

/* ---- what has to hold on every compiler, since two builds meet in the same memory ---- */

#define AT(type, field, offset, why)                                                               \
    _Static_assert(offsetof(type, field) == (offset), #type "." #field ": " why)

_Static_assert(ATOMIC_INT_LOCK_FREE == 2 && ATOMIC_LLONG_LOCK_FREE == 2,
               "atomics in shared memory must not hide a lock that only one process has");
_Static_assert(sizeof(_Atomic(uint64_t)) == 8 && sizeof(_Atomic(uint32_t)) == 4,
               "an atomic field takes the room of its plain type");
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the layout is little-endian; a big-endian machine would have to swap"
#endif

_Static_assert(sizeof(ferryi_header) == FERRY_HEADER_BYTES, "BaseImage has a header of 16 bytes");
AT(ferryi_header, length, 0, "BaseImage");
AT(ferryi_header, width, 4, "BaseImage");
AT(ferryi_header, height, 8, "BaseImage");
AT(ferryi_header, bit_count, 12, "BaseImage");

AT(ferryi_descriptor, frame, 0, "the atomics share the first line");
AT(ferryi_descriptor, fills, 8, "the atomics share the first line");
AT(ferryi_descriptor, filled, 16, "the atomics share the first line");
AT(ferryi_descriptor, abandoned, 24, "the atomics share the first line");
AT(ferryi_descriptor, format, 64, "the plain fields have the second line");
AT(ferryi_descriptor, stride_bytes, 68, "layout version 1");
AT(ferryi_descriptor, length_bytes, 72, "layout version 1");
AT(ferryi_descriptor, bit_count, 76, "layout version 1");
AT(ferryi_descriptor, width, 80, "layout version 1");
AT(ferryi_descriptor, height, 84, "layout version 1");
AT(ferryi_descriptor, color_matrix, 88, "layout version 1");
AT(ferryi_descriptor, color_range, 92, "layout version 1");
AT(ferryi_descriptor, capture_ns, 96, "layout version 1");
AT(ferryi_descriptor, publish_ns, 104, "layout version 1");
AT(ferryi_descriptor, dropped, 112, "layout version 1");
AT(ferryi_descriptor, metadata_bytes, 120, "layout version 1");
AT(ferryi_descriptor, metadata, 128, "metadata has lines of its own");
_Static_assert(sizeof(ferryi_descriptor) == 384, "whole cache lines: no two slots share one");

AT(ferryi_block, magic, 0, "layout version 1");
AT(ferryi_block, layout_version, 8, "layout version 1");
AT(ferryi_block, dialect, 12, "layout version 1");
AT(ferryi_block, generation, 16, "layout version 1");
AT(ferryi_block, slot_stride, 24, "layout version 1");
AT(ferryi_block, first_slot, 32, "layout version 1");
AT(ferryi_block, slots, 40, "layout version 1");
AT(ferryi_block, made, 44, "layout version 1");
AT(ferryi_block, when_full, 48, "layout version 1, reserved at first");
AT(ferryi_block, state, 64, "a line of its own");
AT(ferryi_block, head, 128, "a line of its own");
AT(ferryi_block, early, 136, "who looks for a frame looks at both: they share a line");
AT(ferryi_block, dropped, 192, "a line of its own");
AT(ferryi_block, entry, 256, "starts on a line");
AT(ferryi_block, descriptor, 768, "starts on a line");
_Static_assert(sizeof(ferryi_block) == 25344, "layout version 1");

AT(ferryi_trailer, block_offset, 0, "layout version 1");
AT(ferryi_trailer, block_bytes, 8, "layout version 1");
AT(ferryi_trailer, layout_version, 12, "every version to come has to keep this place");
AT(ferryi_trailer, magic, 56, "every version to come has to keep this place");
_Static_assert(sizeof(ferryi_trailer) == 64, "every version to come has to keep this size");

AT(ferryi_record, held, 0, "the producer's look at a record costs one line");
AT(ferryi_record, next, 8, "the producer's look at a record costs one line");
AT(ferryi_record, state, 16, "the producer's look at a record costs one line");
AT(ferryi_record, delivery, 20, "layout version 1");
AT(ferryi_record, join_id, 24, "layout version 1");
AT(ferryi_record, awaits, 32, "the producer's look at a record costs one line");
AT(ferryi_record, event, 64, "a line of its own");
AT(ferryi_record, first, 128, "a line of its own");
AT(ferryi_record, received, 136, "layout version 1");
AT(ferryi_record, skipped, 144, "layout version 1");
AT(ferryi_record, process_id, 152, "layout version 1");
AT(ferryi_record, evicted, 192, "the producer's line");
AT(ferryi_record, name, 256, "layout version 1");
_Static_assert(sizeof(ferryi_record) == 320, "whole cache lines: no two consumers share one");

AT(ferryi_consumers, magic, 0, "layout version 1");
AT(ferryi_consumers, layout_version, 8, "layout version 1");
AT(ferryi_consumers, record_count, 12, "layout version 1");
AT(ferryi_consumers, generation, 16, "layout version 1");
AT(ferryi_consumers, producer_event, 64, "a line of its own");
AT(ferryi_consumers, record, 128, "starts on a line");
_Static_assert(sizeof(ferryi_consumers) == 128 + 32 * 320, "layout version 1");

_Static_assert(FERRYI_ENTRIES >= FERRY_MAX_SLOTS,
               "the entry of a frame that a slot still holds must not have been used again");
_Static_assert(FERRY_MAX_SLOTS <= 64, "held is a mask of 64 bits");
_Static_assert(FERRY_MAX_SLOTS <= 1 << FERRYI_ENTRY_SLOT_BITS, "a slot has to fit an entry");

/* ---- geometry ---- */

static const uint8_t frames_magic[8] = {'F', 'E', 'R', 'R', 'Y', 'F', 'R', 'M'};
static const uint8_t vacant_magic[8] = {'F', 'E', 'R', 'R', 'Y', 'V', 'A', 'C'};
static const uint8_t consumers_magic[8] = {'F', 'E', 'R', 'R', 'Y', 'C', 'O', 'N'};

/* Where the header of slot 0 lies in a native channel, so that its pixels start on a page. */
enum { NATIVE_FIRST_SLOT = FERRYI_SHM_PAGE - FERRY_HEADER_BYTES };

static uint64_t whole_pages(uint64_t bytes) {
    return (bytes + FERRYI_SHM_PAGE - 1) & ~(uint64_t)(FERRYI_SHM_PAGE - 1);
}

static uint64_t block_pages(void) {
    return whole_pages(sizeof(ferryi_block) + sizeof(ferryi_trailer));
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
    out->slot_stride = whole_pages(slot_bytes);
    out->first_slot = NATIVE_FIRST_SLOT;
    out->block_offset = FERRYI_SHM_PAGE + slots * out->slot_stride;
    out->object_bytes = out->block_offset + block_pages();
    return FERRY_OK;
}

void ferryi_geometry_make_dialect(ferryi_geometry *out, uint64_t object_bytes) {
    uint64_t slot_bytes = FERRY_DEFAULT_SLOT_BYTES;
    out->dialect = FERRY_DIALECT_BASEIMAGE;
    out->slots = 1;
    out->slot_stride = slot_bytes;
    out->first_slot = 0;
    out->block_offset = whole_pages(object_bytes > slot_bytes ? object_bytes : slot_bytes);
    out->object_bytes = out->block_offset + block_pages();
}

void ferryi_geometry_make_inside(ferryi_geometry *out, uint64_t object_bytes) {
    uint64_t slot_bytes = FERRY_DEFAULT_SLOT_BYTES;
    ferryi_geometry_make_dialect(out, 0);
    out->block_offset = object_bytes - block_pages();
    out->slot_stride = slot_bytes < out->block_offset ? slot_bytes : out->block_offset;
    out->object_bytes = object_bytes;
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

void ferryi_block_write(const ferryi_shm *frames, const ferryi_geometry *geometry) {
    ferryi_block *block = ferryi_block_at(frames, geometry);
    memcpy(block->magic, frames_magic, sizeof frames_magic);
    block->layout_version = FERRY_LAYOUT_VERSION;
    block->dialect = geometry->dialect;
    block->slot_stride = geometry->slot_stride;
    block->first_slot = geometry->first_slot;
    block->slots = geometry->slots;

    ferryi_trailer *trailer = trailer_at(frames);
    trailer->block_offset = geometry->block_offset;
    trailer->block_bytes = sizeof(ferryi_block);
    trailer->layout_version = FERRY_LAYOUT_VERSION;
    /* Magic last: in the dialect the object has its name already. */
    atomic_thread_fence(memory_order_release);
    memcpy(trailer->magic, frames_magic, sizeof frames_magic);
}

void ferryi_trailer_vacate(const ferryi_shm *frames) {
    memcpy(trailer_at(frames)->magic, vacant_magic, sizeof vacant_magic);
}

uint64_t ferryi_vacant_offset(const ferryi_shm *frames) {
    if (frames->size_bytes < block_pages())
        return frames->size_bytes;
    ferryi_trailer trailer = read_trailer(frames);
    uint64_t only_place = frames->size_bytes - block_pages();
    bool vacant = memcmp(trailer.magic, vacant_magic, sizeof vacant_magic) == 0 &&
                  trailer.layout_version == FERRY_LAYOUT_VERSION &&
                  trailer.block_offset == only_place && only_place % FERRYI_SHM_PAGE == 0;
    return vacant ? only_place : frames->size_bytes;
}

static ferry_status wrong_version(uint32_t version, ferry_error *error) {
    return ferryi_fail(error, FERRY_WRONG_VERSION, 0,
                       "the channel has layout version %u and this program %d: use programs of the "
                       "same version on both sides",
                       (unsigned)version, FERRY_LAYOUT_VERSION);
}

static ferry_status malformed(const char *what, ferry_error *error) {
    return ferryi_fail(error, FERRY_MALFORMED, 0,
                       "the channel's shared memory is damaged (%s): restart its producer", what);
}

/* Whether the values of a block can be, given the size of the object they were found in. */
static const char *find_fault(const ferryi_geometry *g) {
    bool native = g->dialect == FERRY_DIALECT_NATIVE;
    if (!native && g->dialect != FERRY_DIALECT_BASEIMAGE)
        return "dialect";
    if (native ? g->slots < 2 || g->slots > FERRY_MAX_SLOTS : g->slots != 1)
        return "number of slots";
    if (g->first_slot != (native ? NATIVE_FIRST_SLOT : 0))
        return "first slot";
    if (g->slot_stride < FERRYI_SHM_PAGE || g->slot_stride % FERRYI_SHM_PAGE != 0)
        return "slot size";
    uint64_t before_slots = native ? FERRYI_SHM_PAGE : 0;
    if (g->slot_stride > (g->block_offset - before_slots) / g->slots)
        return "slots and block overlap";
    return NULL;
}

ferry_status ferryi_geometry_read(ferryi_geometry *out, const ferryi_shm *frames,
                                  ferry_error *error) {
    if (frames->size_bytes < block_pages())
        return ferryi_fail(error, FERRY_FOREIGN, 0, "the object is too small for a channel");
    ferryi_trailer trailer = read_trailer(frames);
    if (memcmp(trailer.magic, frames_magic, sizeof frames_magic) != 0)
        return ferryi_fail(error, FERRY_FOREIGN, 0, "the object is not a channel");
    if (trailer.layout_version != FERRY_LAYOUT_VERSION)
        return wrong_version(trailer.layout_version, error);
    uint64_t last_offset = frames->size_bytes - block_pages();
    if (trailer.block_bytes != sizeof(ferryi_block) ||
        trailer.block_offset % FERRYI_SHM_PAGE != 0 || trailer.block_offset < FERRYI_SHM_PAGE ||
        trailer.block_offset > last_offset)
        return malformed("trailer", error);
    if (!ferryi_shm_is_backed(frames, trailer.block_offset, sizeof(ferryi_block)))
        return malformed("block", error);

    ferryi_geometry g = {.block_offset = trailer.block_offset, .object_bytes = frames->size_bytes};
    /* Volatile: each value is read once, so that what is checked is what is used. */
    const volatile ferryi_block *block = ferryi_block_at(frames, &g);
    g.dialect = block->dialect;
    g.slots = block->slots;
    g.slot_stride = block->slot_stride;
    g.first_slot = block->first_slot;
    const char *fault = find_fault(&g);
    if (fault != NULL)
        return malformed(fault, error);
    *out = g;
    return FERRY_OK;
}

uint64_t ferryi_frames_key(const ferryi_shm *frames, const ferryi_geometry *geometry) {
    /* Relaxed: a native object's is constant. */
    return geometry->dialect == FERRY_DIALECT_NATIVE
               ? atomic_load_explicit(&ferryi_block_at(frames, geometry)->generation,
                                      memory_order_relaxed)
               : 0;
}

bool ferryi_has_our_magic(const uint8_t first[8], const uint8_t last[8]) {
    return memcmp(last, frames_magic, sizeof frames_magic) == 0 ||
           memcmp(first, consumers_magic, sizeof consumers_magic) == 0;
}

/* ---- consumers object ---- */

uint64_t ferryi_consumers_bytes(void) {
    return whole_pages(sizeof(ferryi_consumers));
}

void ferryi_consumers_write(const ferryi_shm *shm, uint64_t generation) {
    ferryi_consumers *consumers = (ferryi_consumers *)(void *)shm->base;
    consumers->layout_version = FERRY_LAYOUT_VERSION;
    consumers->record_count = FERRY_MAX_CONSUMERS;
    consumers->generation = generation;
    /* Relaxed: the object has no name yet. */
    for (uint32_t i = 0; i < FERRY_MAX_CONSUMERS; i++)
        atomic_store_explicit(&consumers->record[i].next, FERRYI_NEXT_NONE, memory_order_relaxed);
    memcpy(consumers->magic, consumers_magic, sizeof consumers_magic);
}

/* Whether an object is as large as it has to be, and can be looked at. */
static bool has_consumers(const ferryi_shm *shm) {
    return shm->size_bytes >= ferryi_consumers_bytes() &&
           ferryi_shm_is_backed(shm, 0, sizeof(ferryi_consumers));
}

uint64_t ferryi_consumers_generation(const ferryi_shm *shm) {
    const volatile ferryi_consumers *consumers = (const void *)shm->base;
    return consumers->generation;
}

ferry_status ferryi_consumers_check(const ferryi_shm *shm, uint64_t generation,
                                    ferry_error *error) {
    if (!has_consumers(shm))
        return ferryi_fail(error, FERRY_FOREIGN, 0, "the consumers object is too small, or empty");
    const volatile ferryi_consumers *consumers = (const void *)shm->base;
    uint8_t magic[sizeof consumers_magic];
    memcpy(magic, shm->base, sizeof magic);
    if (memcmp(magic, consumers_magic, sizeof magic) != 0)
        return ferryi_fail(error, FERRY_FOREIGN, 0, "the consumers object is not one of a channel");
    uint32_t version = consumers->layout_version;
    if (version != FERRY_LAYOUT_VERSION)
        return wrong_version(version, error);
    if (consumers->record_count != FERRY_MAX_CONSUMERS)
        return malformed("number of consumers", error);
    if (consumers->generation != generation)
        return ferryi_fail(error, FERRY_NO_PRODUCER, 0, "the channel is changing hands");
    return FERRY_OK;
}
