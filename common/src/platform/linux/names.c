/* Source: linkat(2), lstat(2), F_SETLEASE in fcntl(2). */
#define _GNU_SOURCE
#include "platform/linux/names.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "platform/clock.h"
#include "platform/fault_point.h"
#include "platform/linux/fd_path.h"

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

bool ferryi_names_is_alone(int descriptor) {
    /* A file lease of fcntl(2) for writing is granted only while nobody else has the file open, and
     * a mapping keeps its file open: the kernel's own answer to "is anyone using this?". Should
     * somebody open it in the moment before the lease is given back, the kernel sends a signal: one
     * that does nothing by default, instead of SIGIO, which would end the process. */
    if (fcntl(descriptor, F_SETSIG, SIGURG) != 0 || fcntl(descriptor, F_SETLEASE, F_WRLCK) != 0)
        return false;
    FERRYI_FAULT("alone.granted");
    fcntl(descriptor, F_SETLEASE, F_UNLCK);
    return true;
}
