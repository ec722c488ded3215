/* A named semaphore as glibc has it, whose value stays 0 or 1. */
#define _GNU_SOURCE
#include "platform/signal_event.h"

#include <unistd.h>

#include "platform/linux/glibc_semaphore.h"
#include "platform/linux/names.h"

struct ferryi_signal_event {
    ferryi_glibc_semaphore semaphore; /* alone here: one that is made, or opened, is an event */
};

static const ferryi_glibc_use use = {
    .needs = "which the baseimage dialect needs for its event: use the native dialect",
    .foreign = "is not a semaphore: remove it, or choose another name",
};

/* The path of a name, which was checked when the event was opened. */
static void path_of(char path[static FERRYI_NAMES_BYTES], const char *name) {
    (void)ferryi_names_path(path, FERRYI_NAMES_SEMAPHORE, name, NULL);
}

static int descriptor_of(const ferryi_signal_event *event) {
    return (int)event->semaphore.shm.handle;
}

ferry_status ferryi_signal_event_create(ferryi_signal_event **out, const char *name,
                                        const ferryi_sharing *sharing, bool *created,
                                        atomic_bool *lost, ferry_error *error) {
    ferryi_glibc_semaphore *semaphore = NULL;
    ferry_status status =
        ferryi_glibc_semaphore_make(&semaphore, name, 0, &use, sharing, lost, error);
    *created = status == FERRY_OK && semaphore->is_made;
    if (status == FERRY_OK)
        *out = (ferryi_signal_event *)semaphore;
    return status;
}

ferry_status ferryi_signal_event_open(ferryi_signal_event **out, const char *name,
                                      const ferryi_sharing *sharing, atomic_bool *lost,
                                      ferry_error *error) {
    ferryi_glibc_semaphore *semaphore = NULL;
    ferry_status status = ferryi_glibc_semaphore_open(&semaphore, name, &use, sharing, lost, error);
    if (status == FERRY_OK)
        *out = (ferryi_signal_event *)semaphore;
    return status;
}

ferry_status ferryi_signal_event_share(const ferryi_signal_event *event,
                                       const ferryi_sharing *sharing, ferry_error *error) {
    return ferryi_shm_share(&event->semaphore.shm, sharing, 1, error);
}

void ferryi_signal_event_set(ferryi_signal_event *event) {
    ferryi_glibc_semaphore_raise(&event->semaphore, 1);
}

bool ferryi_signal_event_is_set(ferryi_signal_event *event) {
    return ferryi_glibc_semaphore_value(&event->semaphore) != 0;
}

uint32_t ferryi_signal_event_take_all(ferryi_signal_event *event) {
    return ferryi_glibc_semaphore_lower(&event->semaphore, UINT32_MAX);
}

bool ferryi_signal_event_wait(ferryi_signal_event *event, int64_t timeout_ns) {
    return ferryi_glibc_semaphore_wait(&event->semaphore, timeout_ns);
}

ferryi_standing ferryi_signal_event_standing(const ferryi_signal_event *event, const char *name) {
    char path[FERRYI_NAMES_BYTES];
    path_of(path, name);
    return ferryi_names_standing(path, descriptor_of(event));
}

bool ferryi_signal_event_name_again(const ferryi_signal_event *event, const char *name) {
    char path[FERRYI_NAMES_BYTES];
    path_of(path, name);
    return ferryi_names_link(path, descriptor_of(event));
}

bool ferryi_signal_event_is_ours(const ferryi_signal_event *event) {
    return ferryi_glibc_semaphore_is_ours(&event->semaphore);
}

void ferryi_signal_event_close(ferryi_signal_event **event) {
    ferryi_glibc_semaphore *semaphore = (ferryi_glibc_semaphore *)*event;
    ferryi_glibc_semaphore_close(&semaphore, false);
    *event = NULL;
}

void ferryi_signal_event_remove_this(const ferryi_signal_event *event, const char *name) {
    char path[FERRYI_NAMES_BYTES];
    path_of(path, name);
    if (ferryi_signal_event_standing(event, name) == FERRYI_NAME_STANDS)
        unlink(path);
}

bool ferryi_signal_event_remove(const char *name) {
    char path[FERRYI_NAMES_BYTES];
    path_of(path, name);
    return ferryi_glibc_semaphore_remove(path, false);
}

bool ferryi_signal_event_remove_unused(const char *name) {
    char path[FERRYI_NAMES_BYTES];
    path_of(path, name);
    return ferryi_glibc_semaphore_remove(path, true);
}

bool ferryi_signal_event_is_left(const char *name) {
    char path[FERRYI_NAMES_BYTES];
    path_of(path, name);
    return ferryi_glibc_semaphore_is_own(path);
}
