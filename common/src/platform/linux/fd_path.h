/* The path under which a thread can open one of its process's descriptors anew: proc(5). */
#ifndef FERRYI_PLATFORM_LINUX_FD_PATH_H
#define FERRYI_PLATFORM_LINUX_FD_PATH_H

#include <stdio.h>
#include <unistd.h>

#define FERRYI_FD_PATH_BYTES 40

/* Through the thread, since /proc/self is empty once the first thread has ended by itself
 * (pthread_exit). Before Linux 3.17 there is no other way than through the process. */
static inline void ferryi_fd_path(char path[static FERRYI_FD_PATH_BYTES], int descriptor) {
    const char *whose = access("/proc/thread-self", F_OK) == 0 ? "thread-self" : "self";
    snprintf(path, FERRYI_FD_PATH_BYTES, "/proc/%s/fd/%d", whose, descriptor);
}

#endif
