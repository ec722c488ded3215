/* Source: sem_overview(7), sem_open(3), sem_init(3), sem_clockwait(3), open(2) on O_TMPFILE. */
#define _GNU_SOURCE
#include "../signal_event.h"

#include <errno.h>
#include <fcntl.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <frameferry/frame.h>

#include "../../support/error.h"
#include "../../support/fault.h"
#include "../guard.h"
#include "paths.h"

#define FOLDER "/dev/shm"

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

/* Makes a semaphore under its name, or fails with errno; EEXIST: there is one. sem_open can do that
 * too, but by way of a file of another name, which stays when the process is killed just then, and
 * with a mode that the umask cuts down. What it opens is a file with a semaphore that processes
 * share, where sem_overview(7) says that it lies. */
static bool make(const char *name, unsigned mode) {
    char source[FERRYI_FD_PATH_BYTES], path[NAME_BYTES + sizeof FOLDER "/sem."];
    sem_t semaphore;
    memset(&semaphore, 0, sizeof semaphore);
    int descriptor = open(FOLDER, O_TMPFILE | O_RDWR | O_CLOEXEC, (mode_t)mode);
    if (descriptor < 0)
        return false;
    ferryi_fd_path(source, descriptor);
    snprintf(path, sizeof path, FOLDER "/sem.%s", name + 1);
    bool made = sem_init(&semaphore, 1, 0) == 0 && fchmod(descriptor, (mode_t)mode) == 0 &&
                write(descriptor, &semaphore, sizeof semaphore) == (ssize_t)sizeof semaphore &&
                linkat(AT_FDCWD, source, AT_FDCWD, path, AT_SYMLINK_FOLLOW) == 0;
    int code = errno;
    close(descriptor);
    errno = code;
    return made;
}

ferry_status ferryi_signal_event_create(ferryi_signal_event **out, const char *name,
                                        const ferryi_sharing *sharing, bool *created,
                                        atomic_bool *lost, ferry_error *error) {
    char path[NAME_BYTES];
    name_of(path, name);
    /* A peer's event can come and go between the two calls, and somebody may remove ours. */
    for (int attempt = 0; attempt < 3; attempt++) {
        *created = make(path, ferryi_sharing_mode(sharing, 1));
        if (*created) {
            FERRYI_FAULT("signal.made");
        } else if (errno != EEXIST) {
            break;
        }
        sem_t *semaphore = sem_open(path, 0);
        if (semaphore != SEM_FAILED)
            return wrap(out, semaphore, lost, error);
        if (errno != ENOENT)
            break;
    }
    return ferryi_fail_errno(error, errno, "cannot make the semaphore %s", path);
}

ferry_status ferryi_signal_event_open(ferryi_signal_event **out, const char *name,
                                      const ferryi_sharing *sharing, atomic_bool *lost,
                                      ferry_error *error) {
    (void)sharing;
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
