#include "channel/consumers.h"

#include <string.h>

#include "channel/damage.h"
#include "support/error.h"

static const uint8_t consumers_magic[8] = {'F', 'E', 'R', 'R', 'Y', 'C', 'O', 'N'};

bool ferryi_consumers_has_magic(const uint8_t first[8]) {
    return memcmp(first, consumers_magic, sizeof consumers_magic) == 0;
}

uint64_t ferryi_consumers_bytes(void) {
    return ferryi_layout_whole_pages(sizeof(ferryi_consumers));
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
    return has_consumers(shm)
               ? ferryi_consumers_check_copy((const void *)shm->base, generation, error)
               : ferryi_consumers_check_copy(NULL, generation, error);
}

ferry_status ferryi_consumers_check_copy(const ferryi_consumers *copy, uint64_t generation,
                                         ferry_error *error) {
    if (copy == NULL)
        return ferryi_fail(error, FERRY_FOREIGN, 0, "the consumers object is too small, or empty");
    const volatile ferryi_consumers *consumers = copy;
    uint8_t magic[sizeof consumers_magic];
    memcpy(magic, copy->magic, sizeof magic);
    if (!ferryi_consumers_has_magic(magic))
        return ferryi_fail(error, FERRY_FOREIGN, 0, "the consumers object is not one of a channel");
    uint32_t version = consumers->layout_version;
    if (version != FERRY_LAYOUT_VERSION)
        return ferryi_damage_version(version, error);
    if (consumers->record_count != FERRY_MAX_CONSUMERS)
        return ferryi_damage_value("number of consumers", error);
    if (consumers->generation != generation)
        return ferryi_fail(error, FERRY_NO_PRODUCER, 0, "the channel is changing hands");
    return FERRY_OK;
}
