/* The records of consumers: joining, leaving, and clearing away after the dead. */
#ifndef FERRYI_CHANNEL_REGISTRY_H
#define FERRYI_CHANNEL_REGISTRY_H

#include <frameferry/producer.h>

#include "channel/consumers.h"
#include "platform/event.h"
#include "platform/lease.h"

/* The index of the producer's event among those of a consumers object; each record's event has the
 * record's. */
enum { FERRYI_EVENT_PRODUCER = FERRY_MAX_CONSUMERS };

/* The mode of events and of the consumers object, which all attached processes write; frames are
 * only read by others. Those of chmod(2). */
static inline unsigned ferryi_registry_mode(const ferryi_sharing *sharing) {
    return ferryi_sharing_mode(sharing, 1);
}

/* A consumer, as it describes itself in its record. */
typedef struct ferryi_joiner {
    const char *name;
    uint32_t delivery;
    uint32_t max_lag; /* as in the record */
} ferryi_joiner;

/* Takes a record, in the order lease, zeroed, taken. leases is the consumer's own holder. Fills
 * *index and *join_id. FERRY_TOO_MANY_CONSUMERS when all leases are held. */
ferry_status ferryi_registry_join(const ferryi_shm *shm, const ferryi_leases *leases,
                                  const ferryi_joiner *joiner, uint32_t *index, uint64_t *join_id,
                                  ferry_error *error);

/* Gives up what a consumer wants of the stream, and tells the producer; its holds and its lease
 * stay. ferryi_registry_leave comes later. */
void ferryi_registry_withdraw(const ferryi_shm *shm, uint32_t index, ferryi_event producer_event);

/* Gives a record back, in the reverse order, and tells the producer. */
void ferryi_registry_leave(const ferryi_shm *shm, const ferryi_leases *leases, uint32_t index,
                           ferryi_event producer_event);

/* Whether nobody has a record, and nothing of a dead one is left in it. */
bool ferryi_registry_is_at_rest(const ferryi_record *record);

/* Whether a record's consumer is dead, as far as a look tells: nothing is changed. One that joins
 * or leaves just then may seem so. */
bool ferryi_registry_seems_dead(const ferryi_shm *shm, uint32_t index);

/* Clears a record whose consumer is dead, holding its lease meanwhile: true. False when the record
 * is at rest, or its lease is held. leases is any holder of the caller's. */
bool ferryi_registry_reclaim(const ferryi_shm *shm, const ferryi_leases *leases, uint32_t index);

/* The name in a record, as printable ASCII. */
void ferryi_registry_name(const ferryi_record *record, char name[FERRY_CONSUMER_NAME_MAX + 1]);

/* Describes the consumer of a record for people, in a channel whose newest frame is head. */
void ferryi_registry_describe(ferry_consumer_info *out, const ferryi_record *record, uint64_t head,
                              bool is_evicted);

#endif
