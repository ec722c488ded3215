/* Source: sem_overview(7), sem_open(3), sem_clockwait(3). */
#define _GNU_SOURCE
#include "../signal_event.h"

#include <errno.h>
#include <fcntl.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

#include <frameferry/frame.h>

#include "../../support/error.h"
#include "../../support/fault.h"
#include "../guard.h"

struct ferryi_signal_event {
    sem_t *semaphore;
    ferryi_shm page; /* the page it lies in, for the guard; owned by sem_open */
};

enum { NAME_BYTES = FERRY_NAME_MAX + 16 };

static void name_of(char out[static NAME_BYTES], const char *name) {
    snprintf(out, NAME_BYTES, "/%s", name);
}

static ferry_status wrap(ferryi_signal_event **out, sem_t *semaphore, atomic_bool *lost,
                         ferry_error *error) {
    ferryi_signal_event *event = malloc(sizeof *event);
    if (event == NULL) {
        sem_close(semaphore);
        return ferryi_fail(error, FERRY_NO_MEMORY, 0, "out of memory");
    }
    event->semaphore = semaphore;
    event->page = (ferryi_shm)FERRYI_SHM_INIT;
    event->page.base = (uint8_t *)((uintptr_t)semaphore & ~(uintptr_t)(FERRYI_SHM_PAGE - 1));
    event->page.size_bytes = FERRYI_SHM_PAGE;
    ferryi_guard_watch(&event->page, FERRYI_SHM_WRITE, lost);
    *out = event;
    return FERRY_OK;
}

/* sem_open cuts the mode down by the umask, and gives no descriptor to mend that with; so it is
 * mended where sem_overview(7) says that the semaphore lies. */
static void set_mode(const char *name, unsigned mode) {
    char path[NAME_BYTES + sizeof "/dev/shm/sem."];
    snprintf(path, sizeof path, "/dev/shm/sem.%s", name + 1);
    chmod(path, (mode_t)mode);
}

ferry_status ferryi_signal_event_create(ferryi_signal_event **out, const char *name, unsigned mode,
                                        bool *created, atomic_bool *lost, ferry_error *error) {
    char path[NAME_BYTES];
    name_of(path, name);
    /* O_EXCL tells a new one from one that a peer made; it can come and go between the two calls.
     */
    for (int attempt = 0; attempt < 3; attempt++) {
        sem_t *semaphore = sem_open(path, O_CREAT | O_EXCL, (mode_t)mode, 0);
        *created = semaphore != SEM_FAILED;
        if (*created)
            set_mode(path, mode);
        FERRYI_FAULT("signal.made");
        if (semaphore == SEM_FAILED && errno == EEXIST)
            semaphore = sem_open(path, 0);
        if (semaphore != SEM_FAILED)
            return wrap(out, semaphore, lost, error);
        if (errno != ENOENT)
            break;
    }
    return ferryi_fail_errno(error, errno, "cannot make the semaphore %s", path);
}

ferry_status ferryi_signal_event_open(ferryi_signal_event **out, const char *name,
                                      atomic_bool *lost, ferry_error *error) {
    char path[NAME_BYTES];
    name_of(path, name);
    sem_t *semaphore = sem_open(path, 0);
    if (semaphore != SEM_FAILED)
        return wrap(out, semaphore, lost, error);
    if (errno == ENOENT)
        return ferryi_fail(error, FERRY_NO_PRODUCER, errno, "there is no semaphore %s", path);
    return ferryi_fail_errno(error, errno, "cannot open the semaphore %s", path);
}

void ferryi_signal_event_set(ferryi_signal_event *event) {
    /* An auto-reset event is set or not, a semaphore counts: posting only at 0 keeps it at 1. Two
     * setters at once could make it 2, which costs a waiter one look too many. */
    if (!ferryi_signal_event_is_set(event))
        sem_post(event->semaphore);
}

bool ferryi_signal_event_is_set(ferryi_signal_event *event) {
    int value = 0;
    return sem_getvalue(event->semaphore, &value) == 0 && value > 0;
}

bool ferryi_signal_event_wait(ferryi_signal_event *event, int64_t timeout_ns) {
    uint64_t deadline_ns = ferry_clock_ns() + (uint64_t)timeout_ns;
    struct timespec deadline = {.tv_sec = (time_t)(deadline_ns / (uint64_t)FERRY_SECOND_NS),
                                .tv_nsec = (long)(deadline_ns % (uint64_t)FERRY_SECOND_NS)};
    return sem_clockwait(event->semaphore, CLOCK_MONOTONIC, &deadline) == 0;
}

void ferryi_signal_event_close(ferryi_signal_event **event) {
    if (*event == NULL)
        return;
    ferryi_guard_unwatch(&(*event)->page);
    sem_close((*event)->semaphore);
    free(*event);
    *event = NULL;
}

void ferryi_signal_event_remove(const char *name) {
    char path[NAME_BYTES];
    name_of(path, name);
    sem_unlink(path);
}
