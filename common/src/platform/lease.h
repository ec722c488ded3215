/* Leases: what the operating system holds for a live process and drops when it dies, however it
 * dies.
 *
 * Contract: each object has FERRYI_LEASES numbered leases. A ferryi_leases is one holder: several
 * may be open on one object, also in one process, and exclude each other. Looking neither takes the
 * lease nor needs the right to write; on Windows, where a lease is that a named object exists, a
 * look that meets a dying holder makes it seem alive for that moment more. A thread that ends takes
 * nothing with it. A child made by fork holds nothing: its copies are closed before fork returns
 * there. */
#ifndef FERRYI_PLATFORM_LEASE_H
#define FERRYI_PLATFORM_LEASE_H

#include <frameferry/status.h>
#include <stdbool.h>

#include "platform/shm.h"

/* A record of the consumers object has the lease of its index. On each object the producer has one
 * for its life. A process that clears away after a dead producer, or takes its place, has another
 * one for the time that this takes, so that it is not mistaken for a live producer. */
enum { FERRYI_LEASE_PRODUCER = 32, FERRYI_LEASE_UNDERTAKER = 33, FERRYI_LEASES = 34 };

typedef struct ferryi_leases {
    struct ferryi_holder *holder; /* the system's; NULL: closed */
} ferryi_leases;

#define FERRYI_LEASES_INIT                                                                         \
    { .holder = NULL }

/* Makes a holder for an object that is mapped for writing and has its key. It outlives the mapping,
 * but not the object's name in memory. FERRY_NOT_SUPPORTED: this system, or the file system that
 * the object lies in, has no leases, so that none could be taken. */
ferry_status ferryi_leases_open(ferryi_leases *out, const ferryi_shm *shm, ferry_error *error);

/* Whether leases on an object can be looked at: FERRY_OK, or FERRY_NOT_SUPPORTED as above. */
ferry_status ferryi_leases_check(const ferryi_shm *shm, ferry_error *error);

/* Takes a lease; false when another holder has it. Never waits. */
bool ferryi_lease_take(const ferryi_leases *leases, unsigned index);
void ferryi_lease_drop(const ferryi_leases *leases, unsigned index);

/* Whether any process holds a lease. */
bool ferryi_lease_is_held(const ferryi_shm *shm, unsigned index);

/* Whether no process but this one, through this holder, has the object open or mapped. The caller
 * has closed its own mapping before. A system that cannot tell answers false. */
bool ferryi_leases_alone(const ferryi_leases *leases);

/* Drops what is held. */
void ferryi_leases_close(ferryi_leases *leases);

#endif
