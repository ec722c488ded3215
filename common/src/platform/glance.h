/* Looking at named objects without using them, so that none of their users notices.
 *
 * Contract: any thread. Nothing is written, locked or made. On Linux nothing is mapped, and no
 * memory is taken: what nobody has written reads as zeros without that. On Windows an object has a
 * view for reading while it is open, and keeps its name for so long. */
#ifndef FERRYI_PLATFORM_GLANCE_H
#define FERRYI_PLATFORM_GLANCE_H

#include "platform/shm.h"

typedef struct ferryi_glance {
    /* For ferryi_lease_is_held, which needs its key first. size_bytes is that of the whole pages
     * when it was opened; base is the system's. */
    ferryi_shm shm;
    uint64_t object_bytes; /* its length */
    uint64_t memory_bytes; /* that it takes */
    uint32_t mode;         /* as in chmod(2); 0: the system has none */
    bool is_own;           /* it is this user's, where the system tells without asking for rights */
    int64_t owner;         /* whose it is; -1: the system does not tell */
} ferryi_glance;

#define FERRYI_GLANCE_INIT                                                                         \
    { .shm = FERRYI_SHM_INIT, .owner = -1 }

/* Opens what has a name, which outlives the glance. FERRY_NO_PRODUCER: nothing has it.
 * FERRY_FOREIGN: it is no memory object, or smaller than a page. FERRY_NOT_ALLOWED: the system
 * denies permission. FERRY_SYSTEM_ERROR, FERRY_NO_MEMORY. After a failure there is nothing to
 * close; the fields behind shm say of the object what the system tells. */
ferry_status ferryi_glance_open(ferryi_glance *out, const char *name, ferry_error *error);

/* Copies bytes, which its owner may be writing. False: they are not there (any more). */
bool ferryi_glance_read(const ferryi_glance *glance, uint64_t offset_bytes, void *out,
                        uint64_t bytes);

void ferryi_glance_close(ferryi_glance *glance);

/* Whether the users of an object can remove its name while a glance is open. */
bool ferryi_glance_lets_names_go(void);

/* Room for what ferryi_glance_name_owner writes. */
enum { FERRYI_GLANCE_OWNER_BYTES = 64 };

/* Names the owner of what was opened, also after a failure, for people; empty: the system does not
 * tell. Takes as long as the system's directory of users does. */
void ferryi_glance_name_owner(const ferryi_glance *glance,
                              char text[static FERRYI_GLANCE_OWNER_BYTES]);

/* Whether a memory object, or an event or a semaphore of a dialect, has a name. */
bool ferryi_glance_has_object(const char *name);
bool ferryi_glance_has_event(const char *name);
bool ferryi_glance_has_semaphore(const char *name);

/* Calls see for the name of each memory object, in no order, until it returns false; for 65,536 at
 * most, and for some perhaps twice. On Windows those of the session, and those of session 0 with
 * "Global\" in front. FERRY_NOT_SUPPORTED: this system does not list them for this process.
 * FERRY_NOT_ALLOWED, FERRY_SYSTEM_ERROR. */
ferry_status ferryi_glance_list(bool (*see)(void *argument, const char *name), void *argument,
                                ferry_error *error);

#endif
