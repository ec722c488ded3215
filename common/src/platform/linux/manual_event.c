/* A named semaphore of sem_open(3), which is 1 while the event is set. */
#define _GNU_SOURCE
#include "platform/manual_event.h"

#include <limits.h>

#include "platform/linux/glibc_semaphore.h"
#include "platform/linux/names.h"

struct ferryi_manual_event {
    ferryi_glibc_semaphore semaphore; /* alone here: one that is made, or opened, is an event */
};

static const ferryi_glibc_use use = {
    .needs = "which this dialect needs for its events: use the native dialect",
    .foreign = "is not a semaphore, which an event is here: remove it, or choose another name",
};

ferry_status ferryi_manual_event_make(ferryi_manual_event **out, const char *name, bool is_set,
                                      const ferryi_sharing *sharing, atomic_bool *lost,
                                      ferry_error *error) {
    ferryi_glibc_semaphore *semaphore = NULL;
    ferry_status status =
        ferryi_glibc_semaphore_make(&semaphore, name, is_set, &use, sharing, lost, error);
    if (status == FERRY_OK)
        *out = (ferryi_manual_event *)semaphore;
    return status;
}

ferry_status ferryi_manual_event_open(ferryi_manual_event **out, const char *name,
                                      const ferryi_sharing *sharing, atomic_bool *lost,
                                      ferry_error *error) {
    ferryi_glibc_semaphore *semaphore = NULL;
    ferry_status status = ferryi_glibc_semaphore_open(&semaphore, name, &use, sharing, lost, error);
    if (status == FERRY_OK)
        *out = (ferryi_manual_event *)semaphore;
    return status;
}

void ferryi_manual_event_set(ferryi_manual_event *event) {
    ferryi_glibc_semaphore_raise(&event->semaphore, INT_MAX);
}

void ferryi_manual_event_reset(ferryi_manual_event *event) {
    /* Of a value that several posts have raised, nothing may be left. */
    ferryi_glibc_semaphore_lower(&event->semaphore, UINT32_MAX);
}

bool ferryi_manual_event_wait(ferryi_manual_event *event, int64_t timeout_ns) {
    return ferryi_glibc_semaphore_await(&event->semaphore, timeout_ns);
}

ferryi_standing ferryi_manual_event_standing(const ferryi_manual_event *event) {
    return ferryi_names_standing(event->semaphore.path, (int)event->semaphore.shm.handle);
}

void ferryi_manual_event_close(ferryi_manual_event **event, bool removes) {
    ferryi_glibc_semaphore *closed = (ferryi_glibc_semaphore *)*event;
    ferryi_glibc_semaphore_close(&closed, removes);
    *event = NULL;
}
