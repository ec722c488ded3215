/* The life of a record.
 *
 * A record belongs to whoever holds its lease, and only that process writes it (the event and the
 * evicted line apart). Its consumer takes the lease, zeroes the record, and marks it taken; it
 * leaves in the reverse order. One that leaves with frames in hand marks it left, wants nothing any
 * more, and does that later. So whatever instruction it is killed, one of two things is true: the
 * record is at rest, or it is not and its lease is free. The second is what a finder looks for: it
 * takes the lease itself, so that no joiner and no other finder can be at the record, clears it,
 * and lets go. A finder that is killed in the midst leaves what it found. */
#include "channel/registry.h"

#include <string.h>

#include <frameferry/clock.h>

#include "platform/clock.h"
#include "platform/fault_point.h"
#include "platform/self.h"
#include "support/bits.h"
#include "support/error.h"
#include "support/utf8.h"

_Static_assert(FERRYI_LEASE_PRODUCER == FERRY_MAX_CONSUMERS,
               "the producer's lease comes after those of the records");

static void write_name(ferryi_record *record, const char *name) {
    uint64_t words[sizeof record->name / sizeof record->name[0]] = {0};
    size_t length = strlen(name);
    memcpy(words, name, length < FERRY_CONSUMER_NAME_MAX ? length : FERRY_CONSUMER_NAME_MAX);
    /* Relaxed: a list that shows half of a name harms nobody. */
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        atomic_store_explicit(&record->name[i], words[i], memory_order_relaxed);
}

void ferryi_registry_name(const ferryi_record *record, char name[FERRY_CONSUMER_NAME_MAX + 1]) {
    uint64_t words[sizeof record->name / sizeof record->name[0]];
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        words[i] = atomic_load_explicit(&record->name[i], memory_order_relaxed);
    memcpy(name, words, sizeof words);
    name[FERRY_CONSUMER_NAME_MAX] = '\0';
    ferryi_utf8_keep_printable(name);
}

/* Brings a record to rest. Held last: the producer that sees it cleared (R2) may fill the slots. */
static void clear(ferryi_record *record) {
    atomic_store_explicit(&record->state, FERRYI_RECORD_FREE, memory_order_relaxed);
    /* Relaxed: until the producer sees it, it sets an event for nothing. */
    atomic_store_explicit(&record->awaits, 0, memory_order_relaxed);
    FERRYI_FAULT("clear.free");
    atomic_store_explicit(&record->next, FERRYI_NEXT_NONE,
                          memory_order_release); /* N1, as in next.c */
    FERRYI_FAULT("clear.unwanted");
    /* After the reservation, which an eviction ends by this number: one that is stopped in between
     * can still be evicted. */
    atomic_store_explicit(&record->join_id, 0, memory_order_relaxed);
    FERRYI_FAULT("clear.nameless");
    atomic_store_explicit(&record->held, 0, memory_order_release); /* R1, as in hold.c */
}

bool ferryi_registry_is_at_rest(const ferryi_record *record) {
    /* Relaxed: what is found is looked at again under the lease. */
    return atomic_load_explicit(&record->state, memory_order_relaxed) == FERRYI_RECORD_FREE &&
           atomic_load_explicit(&record->held, memory_order_relaxed) == 0 &&
           atomic_load_explicit(&record->next, memory_order_relaxed) == FERRYI_NEXT_NONE;
}

static uint64_t set_up(ferryi_record *record, const ferryi_joiner *joiner) {
    uint64_t join_id = ferryi_self_random_id();
    clear(record);
    FERRYI_FAULT("join.cleared");
    atomic_store_explicit(&record->event, FERRYI_EVENT_IDLE, memory_order_relaxed);
    atomic_store_explicit(&record->delivery, joiner->delivery, memory_order_relaxed);
    atomic_store_explicit(&record->max_lag, joiner->max_lag, memory_order_relaxed);
    atomic_store_explicit(&record->join_id, join_id, memory_order_relaxed);
    atomic_store_explicit(&record->first, 0, memory_order_relaxed);
    atomic_store_explicit(&record->received, 0, memory_order_relaxed);
    atomic_store_explicit(&record->skipped, 0, memory_order_relaxed);
    atomic_store_explicit(&record->process_id, ferryi_self_process_id(), memory_order_relaxed);
    atomic_store_explicit(&record->joined_ns, ferry_clock_ns(), memory_order_relaxed);
    write_name(record, joiner->name);
    FERRYI_FAULT("join.described");
    /* W1 pairs with W4 in producer_handle.c: state = taken, then the joiner reads head (W2). Either
     * the producer sees the record and wakes it, or the joiner sees the frame. */
    atomic_store_explicit(&record->state, FERRYI_RECORD_TAKEN, memory_order_seq_cst);
    FERRYI_FAULT("join.taken");
    return join_id;
}

ferry_status ferryi_registry_join(const ferryi_shm *shm, const ferryi_leases *leases,
                                  const ferryi_joiner *joiner, uint32_t *index, uint64_t *join_id,
                                  ferry_error *error) {
    enum { ATTEMPTS = 3, PAUSE_NS = 1000000 };
    /* More than once, since a finder may hold the last free lease for a moment. */
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        if (attempt > 0)
            ferryi_clock_pause(PAUSE_NS);
        for (uint32_t i = 0; i < FERRY_MAX_CONSUMERS; i++) {
            if (!ferryi_lease_take(leases, i))
                continue;
            FERRYI_FAULT("join.leased");
            *join_id = set_up(&ferryi_consumers_at(shm)->record[i], joiner);
            *index = i;
            return FERRY_OK;
        }
    }
    return ferryi_fail(error, FERRY_TOO_MANY_CONSUMERS, 0,
                       "the channel has %d consumers already, which is the limit: end one first",
                       FERRY_MAX_CONSUMERS);
}

void ferryi_registry_withdraw(const ferryi_shm *shm, uint32_t index, ferryi_event producer_event) {
    ferryi_record *record = &ferryi_consumers_at(shm)->record[index];
    /* N1, as in next.c: the holds are visible before the reservation ends, which is now: the
     * producer goes by next only while the record's owner has not left (N2 in slots.c). */
    atomic_store_explicit(&record->state, FERRYI_RECORD_LEFT, memory_order_release);
    FERRYI_FAULT("withdraw.left");
    /* Relaxed: until the producer sees it, it sets an event for nothing. */
    atomic_store_explicit(&record->awaits, 0, memory_order_relaxed);
    atomic_store_explicit(&record->next, FERRYI_NEXT_NONE, memory_order_release); /* N1 */
    FERRYI_FAULT("withdraw.unwanted");
    ferryi_event_set(producer_event);
    FERRYI_FAULT("withdraw.told");
}

void ferryi_registry_leave(const ferryi_shm *shm, const ferryi_leases *leases, uint32_t index,
                           ferryi_event producer_event) {
    ferryi_consumers *consumers = ferryi_consumers_at(shm);
    FERRYI_FAULT("leave.begin");
    clear(&consumers->record[index]);
    FERRYI_FAULT("leave.cleared");
    ferryi_lease_drop(leases, index);
    FERRYI_FAULT("leave.dropped");
    ferryi_event_set(producer_event);
}

bool ferryi_registry_seems_dead(const ferryi_shm *shm, uint32_t index) {
    return !ferryi_registry_is_at_rest(&ferryi_consumers_at(shm)->record[index]) &&
           !ferryi_lease_is_held(shm, index);
}

bool ferryi_registry_reclaim(const ferryi_shm *shm, const ferryi_leases *leases, uint32_t index) {
    ferryi_record *record = &ferryi_consumers_at(shm)->record[index];
    if (!ferryi_registry_seems_dead(shm, index) || !ferryi_lease_take(leases, index))
        return false;
    FERRYI_FAULT("reclaim.leased");
    bool dead = !ferryi_registry_is_at_rest(record);
    if (dead)
        clear(record);
    FERRYI_FAULT("reclaim.cleared");
    ferryi_lease_drop(leases, index);
    FERRYI_FAULT("reclaim.dropped");
    return dead;
}

void ferryi_registry_describe(ferry_consumer_info *out, const ferryi_record *record, uint64_t head,
                              bool is_evicted) {
    /* Relaxed: figures for people, which their consumer may be changing right now. */
    uint64_t first = atomic_load_explicit(&record->first, memory_order_relaxed);
    /* Its next says what it is to its producer; what it calls itself in delivery could be anything.
     */
    bool every = atomic_load_explicit(&record->next, memory_order_relaxed) != FERRYI_NEXT_NONE;
    *out = (ferry_consumer_info){
        .delivery = every ? FERRY_DELIVERY_EVERY : FERRY_DELIVERY_LATEST,
        .max_lag = every ? atomic_load_explicit(&record->max_lag, memory_order_relaxed) : 0,
        .evicted = is_evicted,
        .held = ferryi_bits_count(atomic_load_explicit(&record->held, memory_order_relaxed)),
        .process_id = atomic_load_explicit(&record->process_id, memory_order_relaxed),
        .received = atomic_load_explicit(&record->received, memory_order_relaxed),
        .skipped = atomic_load_explicit(&record->skipped, memory_order_relaxed),
        .joined_ns = atomic_load_explicit(&record->joined_ns, memory_order_relaxed),
    };
    ferryi_registry_name(record, out->name);
    uint64_t passed = first - 1 + out->received + out->skipped;
    /* A consumer can write anything: a lag beyond what was published is none. */
    out->lag = first != 0 && passed <= head ? head - passed : 0;
}
