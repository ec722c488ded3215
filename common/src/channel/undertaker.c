/* Clearing away after dead producers. objects.c has the rules by which names change hands. */
#include "channel/undertaker.h"

#include "channel/advice.h"
#include "channel/consumers.h"
#include "channel/dialects.h"
#include "channel/geometry.h"
#include "channel/stranger.h"
#include "platform/clock.h"
#include "platform/fault_point.h"
#include "platform/guard.h"
#include "support/error.h"

static void count(ferryi_buried *buried, uint32_t name, uint64_t memory_bytes) {
    if (buried == NULL)
        return;
    buried->names |= name;
    buried->memory_bytes += memory_bytes;
}

void ferryi_undertaker_close(ferryi_shm *shm, ferryi_leases *leases) {
    ferryi_guard_unwatch(shm);
    ferryi_shm_close(shm);
    ferryi_leases_close(leases);
}

ferry_status ferryi_undertaker_seize(const ferryi_shm *shm, ferryi_leases *leases,
                                     ferry_error *error) {
    ferry_status status = ferryi_leases_open(leases, shm, error);
    if (status != FERRY_OK)
        return status;
    FERRYI_FAULT("seize.opened");
    if (ferryi_lease_take(leases, FERRYI_LEASE_UNDERTAKER) &&
        !ferryi_lease_is_held(shm, FERRYI_LEASE_PRODUCER) && ferryi_shm_has_name(shm))
        return FERRY_OK;
    ferryi_leases_close(leases);
    return FERRY_BUSY;
}

static ferry_status seize_consumers(ferryi_shm *shm, ferryi_leases *leases, ferry_error *error) {
    shm->key = ferryi_consumers_generation(shm);
    return ferryi_undertaker_seize(shm, leases, error);
}

static ferry_status foreign_consumers(const ferryi_names *names, ferry_error *error) {
    return ferryi_fail(error, FERRY_FOREIGN, 0,
                       "%s exists and is not part of a channel: %s, or choose another channel name",
                       names->consumers, ferryi_shm_tell_freeing());
}

ferry_status ferryi_undertaker_bury_consumers(const ferryi_names *names,
                                              const ferryi_sharing *sharing, ferryi_buried *buried,
                                              ferry_error *error) {
    ferryi_shm shm = FERRYI_SHM_INIT;
    ferryi_leases leases = FERRYI_LEASES_INIT;
    atomic_bool lost = false; /* memory that is taken away reads as zeros: foreign, or at rest */
    ferry_status status = ferryi_shm_open(&shm, names->consumers, FERRYI_SHM_WRITE, sharing, error);
    if (status == FERRY_FOREIGN)
        return foreign_consumers(names, error);
    if (status != FERRY_OK)
        return status == FERRY_NO_PRODUCER ? FERRY_OK : status;
    ferryi_guard_watch(&shm, FERRYI_SHM_WRITE, &lost);
    if (ferryi_consumers_check(&shm, 0, NULL) == FERRY_FOREIGN)
        status = foreign_consumers(names, error);
    else
        status = seize_consumers(&shm, &leases, error);
    if (status == FERRY_OK) {
        FERRYI_FAULT("bury.consumers_seized");
        uint64_t memory_bytes = ferryi_shm_memory(&shm);
        if (ferryi_shm_remove_name(&shm))
            count(buried, FERRY_NAME_OF_CONSUMERS, memory_bytes);
        else /* Busy: a consumer that is just attaching will find that no producer lives. */
            status =
                ferryi_stranger_keeps(names->consumers, error) ? FERRY_NOT_ALLOWED : FERRY_BUSY;
        FERRYI_FAULT("bury.consumers_removed");
    }
    ferryi_undertaker_close(&shm, &leases);
    return status;
}

/* The name belongs to something that is not a channel. */
static ferry_status foreign(const ferryi_names *names, const ferryi_shm *shm, ferry_error *error) {
    char advice[FERRYI_ADVICE_BYTES] = "";
    if (error != NULL)
        ferryi_advice_write(advice, names->frames, ferryi_shm_end(shm));
    return ferryi_fail(error, FERRY_FOREIGN, 0, "%s exists and is not a channel: %s", names->frames,
                       advice);
}

static ferry_status in_use(const ferryi_names *names, ferry_error *error) {
    return ferryi_fail(error, FERRY_FOREIGN, 0,
                       "a program that knows only the BaseImage layout still uses %s: end it, "
                       "choose another name, or use the baseimage dialect",
                       names->frames);
}

ferry_status ferryi_undertaker_remove_frames(const ferryi_names *names, ferryi_shm *shm,
                                             const ferryi_leases *leases,
                                             const ferryi_dialect *dialect, uint32_t made,
                                             ferryi_buried *buried, ferry_error *error) {
    FERRYI_FAULT("remove.begin");
    uint64_t memory_bytes = ferryi_shm_memory(shm);
    ferryi_guard_unwatch(shm);
    ferryi_shm_close(shm);
    if (dialect != NULL && ((made & FERRYI_MADE_OBJECT) == 0 || !ferryi_leases_alone(leases)))
        return in_use(names, error);
    FERRYI_FAULT("remove.alone");
    /* The things beside it first: they are found, after a death in between, by what the object
     * says. */
    if (dialect != NULL && (made & FERRYI_MADE_EVENT) != 0 && dialect->remove_beside(names))
        count(buried, FERRY_NAME_OF_EVENT, 0);
    FERRYI_FAULT("remove.event");
    bool removed = ferryi_shm_remove_name(shm);
    FERRYI_FAULT("remove.frames");
    if (removed) {
        count(buried, FERRY_NAME_OF_FRAMES, memory_bytes);
        return FERRY_OK;
    }
    return ferryi_stranger_keeps(names->frames, error) ? FERRY_NOT_ALLOWED : in_use(names, error);
}

/* The same, going by what the dead producer's block says. */
static ferry_status remove_dead_frames(const ferryi_names *names, ferryi_shm *shm,
                                       const ferryi_leases *leases, ferryi_buried *buried,
                                       ferry_error *error) {
    ferryi_geometry geometry;
    bool is_read = ferryi_geometry_read(&geometry, shm, NULL) == FERRY_OK;
    const ferryi_dialect *dialect = is_read ? ferryi_dialects_find(geometry.dialect) : NULL;
    uint32_t made = dialect != NULL ? ferryi_geometry_made(shm, &geometry) : 0;
    return ferryi_undertaker_remove_frames(names, shm, leases, dialect, made, buried, error);
}

/* Whether an object has our trailer, whatever the version and the state of the rest. Sets its key.
 */
static bool is_ours(ferryi_shm *frames) {
    ferryi_geometry geometry;
    ferry_status status = ferryi_geometry_read(&geometry, frames, NULL);
    if (status == FERRY_OK)
        frames->key = ferryi_geometry_key(frames, &geometry);
    return status != FERRY_FOREIGN;
}

static ferry_status bury_frames(const ferryi_names *names, const ferryi_sharing *sharing,
                                ferryi_buried *buried, ferry_error *error) {
    ferryi_shm shm = FERRYI_SHM_INIT;
    ferryi_leases leases = FERRYI_LEASES_INIT;
    atomic_bool lost = false; /* as above */
    ferry_status status = ferryi_shm_open(&shm, names->frames, FERRYI_SHM_WRITE, sharing, error);
    if (status == FERRY_FOREIGN)
        return ferryi_advice_refuse(names->frames, error);
    if (status != FERRY_OK)
        return status == FERRY_NO_PRODUCER ? FERRY_OK : status;
    ferryi_guard_watch(&shm, FERRYI_SHM_WRITE, &lost);
    FERRYI_FAULT("bury.opened");
    status =
        is_ours(&shm) ? ferryi_undertaker_seize(&shm, &leases, error) : foreign(names, &shm, error);
    if (status == FERRY_OK)
        status = remove_dead_frames(names, &shm, &leases, buried, error);
    ferryi_undertaker_close(&shm, &leases);
    return status;
}

ferry_status ferryi_undertaker_bury(const ferryi_names *names, const ferryi_sharing *sharing,
                                    ferryi_buried *buried, ferry_error *error) {
    ferry_status frames = bury_frames(names, sharing, buried, error);
    if (frames == FERRY_BUSY)
        return frames;
    FERRYI_FAULT("bury.frames");
    /* Without frames there is nothing left that says whose the things beside them are. */
    if (frames == FERRY_OK && ferryi_dialects_remove_unused_beside(names))
        count(buried, FERRY_NAME_OF_EVENT, 0);
    /* The consumers object of a dead producer goes even where a dialect's frames have to stay. */
    ferry_status consumers =
        ferryi_undertaker_bury_consumers(names, sharing, buried, frames == FERRY_OK ? error : NULL);
    return frames != FERRY_OK ? frames : consumers;
}

void ferryi_undertaker_bury_shared(const ferryi_names *names, const ferryi_sharing *sharing,
                                   bool borrowed) {
    if (borrowed) {
        if (ferryi_undertaker_bury_consumers(names, sharing, NULL, NULL) == FERRY_OK)
            ferryi_dialects_remove_unused_beside(names);
        return;
    }
    int in_use = 0;
    for (int attempt = 0; attempt < FERRYI_SEIZE_ATTEMPTS && in_use < FERRYI_LOOKS_IN_USE;
         attempt++) {
        if (attempt > 0)
            ferryi_clock_pause(FERRYI_SEIZE_PAUSE_NS);
        ferry_status status = ferryi_undertaker_bury(names, sharing, NULL, NULL);
        if (status != FERRY_BUSY && status != FERRY_FOREIGN)
            return;
        in_use += status == FERRY_FOREIGN;
    }
}
