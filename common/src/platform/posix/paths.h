/* The path under which a process can open one of its own descriptors anew: proc(5). */
#ifndef FERRYI_POSIX_PATHS_H
#define FERRYI_POSIX_PATHS_H

#include <stdio.h>

#define FERRYI_FD_PATH_BYTES 32

static inline void ferryi_fd_path(char path[static FERRYI_FD_PATH_BYTES], int descriptor) {
    snprintf(path, FERRYI_FD_PATH_BYTES, "/proc/self/fd/%d", descriptor);
}

#endif
