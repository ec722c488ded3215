/* Trailer and block of a frames object of any size, and the first line of a consumers object, in
 * plain memory of exactly that size. */
#include "channel/consumers.h"
#include "channel/geometry.h"
#include "channel/layout.h"
#include "fuzz.h"

enum { PAGES_MAX = 16 };

static void fill(fuzz_input *in, uint8_t *place, size_t bytes) {
    for (size_t i = 0; i < bytes && in->left > 0; i++)
        place[i] = (uint8_t)fuzz_take(in, 1);
}

/* Everything that is found lies inside, and nothing of it twice. */
static void check(const ferryi_geometry *g, const ferryi_shm *frames) {
    FUZZ_CHECK(g->object_bytes == frames->size_bytes);
    FUZZ_CHECK(g->block_offset + sizeof(ferryi_block) + sizeof(ferryi_trailer) <= g->object_bytes);
    FUZZ_CHECK(g->slots >= 1 && g->slots <= FERRY_MAX_SLOTS);
    FUZZ_CHECK(ferryi_geometry_slot_offset(g, g->slots - 1) + g->slot_stride <= g->block_offset);
    FUZZ_CHECK(ferryi_geometry_slot_offset(g, g->slots - 1) + g->slot_stride >= g->slot_stride);
}

static void look_at_frames(fuzz_input *in, const ferryi_shm *frames, bool well_begun) {
    /* Half of the inputs start from what a producer writes. */
    ferryi_geometry g;
    if (well_begun && ferryi_geometry_make(&g, 2, FERRYI_SHM_PAGE, NULL) == FERRY_OK &&
        g.object_bytes == frames->size_bytes)
        ferryi_geometry_write_block(frames, &g);
    size_t trailer = frames->size_bytes - sizeof(ferryi_trailer);
    for (uint64_t count = fuzz_take(in, 1) % 8; count > 0; count--) {
        bool in_trailer = fuzz_take(in, 1) % 2 == 0;
        size_t at = (size_t)fuzz_take(in, 1) % 64;
        size_t bytes = (size_t)fuzz_take(in, 1) % (64 - at) + 1;
        uint64_t block_offset;
        memcpy(&block_offset, frames->base + trailer, sizeof block_offset);
        if (in_trailer)
            fill(in, frames->base + trailer + at, bytes);
        else if (block_offset <= trailer && trailer - block_offset >= 64)
            fill(in, frames->base + block_offset + at, bytes);
    }
    if (ferryi_geometry_read(&g, frames, NULL) == FERRY_OK)
        check(&g, frames);
    FUZZ_CHECK(ferryi_geometry_vacant_offset(frames) <= frames->size_bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    fuzz_input in = {.data = data, .left = size};
    uint64_t flags = fuzz_take(&in, 1);
    ferryi_shm shm = FERRYI_SHM_INIT;
    /* Whole pages, as mappings have them, or what is smaller than a trailer. */
    shm.size_bytes = (size_t)(fuzz_take(&in, 1) % (PAGES_MAX + 1)) * FERRYI_SHM_PAGE;
    shm.base = calloc(1, shm.size_bytes > 0 ? shm.size_bytes : 1);
    FUZZ_CHECK(shm.base != NULL);
    if ((flags & 1) == 0 && shm.size_bytes > 0) {
        look_at_frames(&in, &shm, (flags & 2) != 0);
    } else {
        uint64_t generation = fuzz_take(&in, 1);
        if ((flags & 2) != 0 && shm.size_bytes >= ferryi_consumers_bytes())
            ferryi_consumers_write(&shm, generation);
        size_t at = (size_t)fuzz_take(&in, 1) % 64;
        if (shm.size_bytes > 0)
            fill(&in, shm.base + at, 64 - at);
        if (ferryi_consumers_check(&shm, generation, NULL) == FERRY_OK)
            FUZZ_CHECK(shm.size_bytes >= sizeof(ferryi_consumers));
        ferryi_geometry g;
        FUZZ_CHECK(shm.size_bytes > 0 || ferryi_geometry_read(&g, &shm, NULL) == FERRY_FOREIGN);
    }
    free(shm.base);
    return 0;
}
