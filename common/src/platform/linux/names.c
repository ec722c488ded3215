/* Source: linkat(2), lstat(2), F_SETLEASE in fcntl(2), flock(2). */
#define _GNU_SOURCE
#include "platform/linux/names.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "platform/clock.h"
#include "platform/fault_point.h"
#include "platform/linux/fd_path.h"
#include "support/error.h"

ferry_status ferryi_names_path(char out[static FERRYI_NAMES_BYTES], const char *prefix,
                               const char *name, ferry_error *error) {
    _Static_assert(sizeof FERRYI_NAMES_FOLDER + 1 + NAME_MAX <= FERRYI_NAMES_BYTES, "room");
    size_t length = strlen(name), most = NAME_MAX - strlen(prefix);
    snprintf(out, FERRYI_NAMES_BYTES, FERRYI_NAMES_FOLDER "/%s%s", prefix, name);
    if (length == 0)
        return ferryi_fail(error, FERRY_BAD_NAME, 0, "an object's name cannot be empty");
    if (length > most)
        return ferryi_fail(error, FERRY_BAD_NAME, 0,
                           "\"%.40s...\" is too long for an object's name, which has at most %zu "
                           "bytes here",
                           name, most);
    if (strchr(name, '/') != NULL)
        return ferryi_fail(error, FERRY_BAD_NAME, 0,
                           "\"%s\" cannot be an object's name: it has a / in it", name);
    return FERRY_OK;
}

int ferryi_names_open(const char *path, int flags) {
    enum { ATTEMPTS = 20, PAUSE_NS = 1000000 };
    int descriptor = -1;
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        if (attempt > 0)
            ferryi_clock_pause(PAUSE_NS);
        descriptor = open(path, flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
        if (descriptor >= 0 || errno != EWOULDBLOCK)
            break;
    }
    return descriptor;
}

ferryi_standing ferryi_names_standing(const char *path, int descriptor) {
    struct stat named, ours;
    if (lstat(path, &named) != 0)
        return FERRYI_NAME_GONE;
    bool same =
        fstat(descriptor, &ours) == 0 && named.st_dev == ours.st_dev && named.st_ino == ours.st_ino;
    return same ? FERRYI_NAME_STANDS : FERRYI_NAME_TAKEN;
}

bool ferryi_names_link(const char *path, int descriptor) {
    char source[FERRYI_FD_PATH_BYTES];
    ferryi_fd_path(source, descriptor);
    return linkat(AT_FDCWD, source, AT_FDCWD, path, AT_SYMLINK_FOLLOW) == 0;
}

/* A file lease of fcntl(2) for writing is granted only while nobody else has the file open, and a
 * mapping keeps its file open: the kernel's own answer to "is anyone using this?". A process
 * that opens it from then on waits until the lease is given back, and the kernel sends us a signal:
 * one that does nothing by default, instead of SIGIO, which would end the process. A look from
 * outside (ferry_peek_*) has the file open for a moment, after which it is asked again. */
static bool lease_file(int descriptor) {
    enum { ATTEMPTS = 25, PAUSE_NS = 2000000 };
    if (fcntl(descriptor, F_SETSIG, SIGURG) != 0)
        return false;
    for (int attempt = 1; fcntl(descriptor, F_SETLEASE, F_WRLCK) != 0; attempt++) {
        if (errno != EAGAIN || attempt == ATTEMPTS)
            return false;
        ferryi_clock_pause(PAUSE_NS);
    }
    FERRYI_FAULT("alone.granted");
    return true;
}

bool ferryi_names_is_alone(int descriptor) {
    if (!lease_file(descriptor))
        return false;
    fcntl(descriptor, F_SETLEASE, F_UNLCK);
    return true;
}

bool ferryi_names_remove_unused(const char *path, int descriptor) {
    if (ferryi_names_standing(path, descriptor) != FERRYI_NAME_STANDS || !lease_file(descriptor))
        return false;
    /* Another process may have removed it before the lease. */
    bool removed =
        ferryi_names_standing(path, descriptor) == FERRYI_NAME_STANDS && unlink(path) == 0;
    fcntl(descriptor, F_SETLEASE, F_UNLCK);
    return removed;
}

/* Two that close the same file at once would both find that the other has it open. So they look one
 * after the other: the lock is given back with the descriptor. One that is held for long is a
 * peer's, or that of a process which is stopped, and is not waited for. */
static void take_turn(int descriptor) {
    enum { ATTEMPTS = 20, PAUSE_NS = 500000 };
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        if (flock(descriptor, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK)
            return;
        ferryi_clock_pause(PAUSE_NS);
    }
}

void ferryi_names_leave(const char *path, ferryi_shm *shm) {
    if (shm->base != NULL)
        munmap(shm->base, shm->size_bytes);
    shm->base = NULL;
    take_turn((int)shm->handle);
    ferryi_names_remove_unused(path, (int)shm->handle);
}
