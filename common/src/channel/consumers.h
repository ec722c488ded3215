/* The consumers object: how it is written, and what is checked before it is used. registry.c has
 * the life of its records. */
#ifndef FERRYI_CHANNEL_CONSUMERS_H
#define FERRYI_CHANNEL_CONSUMERS_H

#include "channel/layout.h"

static inline ferryi_consumers *ferryi_consumers_at(const ferryi_shm *shm) {
    return (ferryi_consumers *)(void *)shm->base;
}

/* Whether the first bytes of an object are those of a consumers object. */
bool ferryi_consumers_has_magic(const uint8_t first[8]);

/* Writes the consumers object of a generation. */
void ferryi_consumers_write(const ferryi_shm *consumers, uint64_t generation);

/* The generation that a consumers object is of. */
uint64_t ferryi_consumers_generation(const ferryi_shm *consumers);

/* FERRY_OK when the object is a consumers object of this generation; FERRY_NO_PRODUCER when it is
 * another generation's (the channel is changing hands), else as ferryi_geometry_read. */
ferry_status ferryi_consumers_check(const ferryi_shm *consumers, uint64_t generation,
                                    ferry_error *error);

/* The same of an object that is not mapped; NULL: it is too small. */
ferry_status ferryi_consumers_check_copy(const ferryi_consumers *copy, uint64_t generation,
                                         ferry_error *error);

uint64_t ferryi_consumers_bytes(void);

#endif
