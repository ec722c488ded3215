/* Where everything lies in a frames object: a private copy of what its block says, which is checked
 * once against the size of the mapping and then used. */
#ifndef FERRYI_CHANNEL_GEOMETRY_H
#define FERRYI_CHANNEL_GEOMETRY_H

#include "channel/layout.h"

typedef struct ferryi_geometry {
    uint32_t dialect;
    uint32_t slots;
    uint64_t max_held; /* frames that a consumer may have in hand at once; of one slot 0 */
    uint64_t slot_stride;
    uint64_t first_slot;
    uint64_t block_offset;
    uint64_t object_bytes;
} ferryi_geometry;

/* How many frames a consumer can have in hand at most: two slots are the producer's, for the newest
 * frame and to write into. */
static inline uint32_t ferryi_geometry_most_held(uint32_t slots) {
    return slots == 1 ? 0 : slots > 3 ? slots - 2 : 1;
}

/* Where everything lies in a new native channel of slots of slot_bytes (header included), whose
 * consumers may hold as many frames as is usual. */
ferry_status ferryi_geometry_make(ferryi_geometry *out, uint32_t slots, uint64_t slot_bytes,
                                  ferry_error *error);

/* A channel of one slot, in the object of a convention that has no block: what is known of it
 * before there is an object. slot_bytes is what the convention has for header and pixels. The block
 * then gets its place by one of the next two. */
void ferryi_geometry_plan_one_slot(ferryi_geometry *out, uint32_t dialect, uint64_t slot_bytes);

/* Behind what an object of object_bytes has; 0: of a new one. */
void ferryi_geometry_place_behind(ferryi_geometry *geometry, uint64_t object_bytes);

/* In the last pages of an object that cannot be made longer: the pixels have that much less room.
 */
void ferryi_geometry_place_inside(ferryi_geometry *geometry, uint64_t object_bytes);

/* Writes block and trailer of a new object, all but state and generation; magic last. */
void ferryi_geometry_write_block(const ferryi_shm *frames, const ferryi_geometry *geometry);

/* Takes a private copy of the geometry in an object and checks it against the size of the mapping.
 * FERRY_FOREIGN: there is no trailer of ours. FERRY_WRONG_VERSION, FERRY_MALFORMED. */
ferry_status ferryi_geometry_read(ferryi_geometry *out, const ferryi_shm *frames,
                                  ferry_error *error);

/* The two steps of that, for an object of object_bytes that is not mapped. First where its block
 * lies, from a copy of its last bytes (zeros of an object that has fewer). */
ferry_status ferryi_geometry_find_block(uint64_t *block_offset, const ferryi_trailer *trailer,
                                        uint64_t object_bytes, ferry_error *error);

/* Then what the block says: FERRY_MALFORMED. Only its constant fields are looked at. */
ferry_status ferryi_geometry_check(ferryi_geometry *out, const ferryi_block *block,
                                   uint64_t block_offset, uint64_t object_bytes,
                                   ferry_error *error);

/* The key (shm.h) of a frames object that has a block. */
uint64_t ferryi_geometry_key(const ferryi_shm *frames, const ferryi_geometry *geometry);

/* Marks block and trailer as vacant: for consumers the object has none, and is what the program
 * made that knows only its own convention; the next producer of ours finds their place again. */
void ferryi_geometry_vacate(const ferryi_shm *frames);

/* The offset of a vacant block, where the pixels' memory ends; the object's size when it has none.
 */
uint64_t ferryi_geometry_vacant_offset(const ferryi_shm *frames);

/* Whether the last bytes of an object are those of a frames object that has a block. */
bool ferryi_geometry_has_magic(const uint8_t last[8]);

/* Whether a channel keeps the newest frame only, which cannot be held. */
static inline bool ferryi_geometry_has_one_slot(const ferryi_geometry *g) {
    return g->slots == 1;
}

static inline ferryi_block *ferryi_geometry_block(const ferryi_shm *frames,
                                                  const ferryi_geometry *g) {
    return (ferryi_block *)(void *)(frames->base + g->block_offset);
}

static inline uint64_t ferryi_geometry_slot_offset(const ferryi_geometry *g, uint32_t slot) {
    return g->first_slot + slot * g->slot_stride;
}

static inline ferryi_header *ferryi_geometry_header(const ferryi_shm *frames,
                                                    const ferryi_geometry *g, uint32_t slot) {
    return (ferryi_header *)(void *)(frames->base + ferryi_geometry_slot_offset(g, slot));
}

static inline uint8_t *ferryi_geometry_pixels(const ferryi_shm *frames, const ferryi_geometry *g,
                                              uint32_t slot) {
    return frames->base + ferryi_geometry_slot_offset(g, slot) + FERRY_HEADER_BYTES;
}

/* Bytes of pixels that fit a slot. */
static inline uint64_t ferryi_geometry_slot_capacity(const ferryi_geometry *g) {
    return g->slot_stride - FERRY_HEADER_BYTES;
}

/* The ferry_full_policy that a block tells of its producer. */
static inline uint32_t ferryi_geometry_when_full(const ferryi_block *block) {
    /* Volatile: read once, so that what is looked at is what is answered. */
    switch (((const volatile ferryi_block *)block)->when_full) {
    case FERRYI_WHEN_FULL_WAIT: return FERRY_WHEN_FULL_WAIT;
    case FERRYI_WHEN_FULL_DROP: return FERRY_WHEN_FULL_DROP;
    default: return FERRY_WHEN_FULL_UNKNOWN;
    }
}

/* The FERRYI_MADE_... bits in a block. */
static inline uint32_t ferryi_geometry_made(const ferryi_shm *frames, const ferryi_geometry *g) {
    return ((const volatile ferryi_block *)ferryi_geometry_block(frames, g))->made;
}

#endif
