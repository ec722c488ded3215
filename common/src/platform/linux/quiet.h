/* Calls that fail with a code, and raise a signal beside it in the calling thread: SIGPIPE
 * (write(2) to a pipe that nobody reads), SIGXFSZ (setrlimit(2), a file that would become larger
 * than is allowed). A library may neither let that end the process nor change the action for all
 * threads. So the signal is blocked in this thread, which makes it pending, and one that was not
 * pending before is taken back. libpq does it in the same way.
 *
 * Contract: begin and end in one thread, once each; end keeps errno. Source: pthread_sigmask(3),
 * sigpending(2), sigtimedwait(2), posix_fallocate(3). */
#ifndef FERRYI_PLATFORM_LINUX_QUIET_H
#define FERRYI_PLATFORM_LINUX_QUIET_H

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

enum { FERRYI_QUIET_BEGUN = 1, FERRYI_QUIET_WAS_BLOCKED = 2, FERRYI_QUIET_WAS_PENDING = 4 };

/* Blocks the signal; returns what end has to know. */
static inline unsigned ferryi_quiet_begin(int signal_number) {
    sigset_t only, before, pending;
    unsigned known = FERRYI_QUIET_BEGUN;
    sigemptyset(&only);
    sigaddset(&only, signal_number);
    if (sigpending(&pending) == 0 && sigismember(&pending, signal_number) == 1)
        known |= FERRYI_QUIET_WAS_PENDING;
    if (pthread_sigmask(SIG_BLOCK, &only, &before) == 0 && sigismember(&before, signal_number) == 1)
        known |= FERRYI_QUIET_WAS_BLOCKED;
    return known;
}

/* raised: a call may have raised it. known 0: it was not begun, and nothing happens. */
static inline void ferryi_quiet_end(int signal_number, unsigned known, bool raised) {
    int saved = errno;
    struct timespec at_once = {.tv_sec = 0};
    sigset_t only;
    sigemptyset(&only);
    sigaddset(&only, signal_number);
    if (known != 0 && raised && (known & FERRYI_QUIET_WAS_PENDING) == 0)
        while (sigtimedwait(&only, NULL, &at_once) < 0 && errno == EINTR)
            continue;
    if (known != 0 && (known & FERRYI_QUIET_WAS_BLOCKED) == 0)
        pthread_sigmask(SIG_UNBLOCK, &only, NULL);
    errno = saved;
}

/* Reserves room in a file, also beyond its end, which moves then. 0, or the code of what failed:
 * EFBIG is the limit on the length of files (ulimit -f). */
static inline int ferryi_quiet_allocate(int descriptor, uint64_t offset_bytes, uint64_t bytes) {
    unsigned quiet = ferryi_quiet_begin(SIGXFSZ);
    int code;
    do
        code = posix_fallocate(descriptor, (off_t)offset_bytes, (off_t)bytes);
    while (code == EINTR);
    ferryi_quiet_end(SIGXFSZ, quiet, code == EFBIG);
    return code;
}

#endif
