/* Names of open files in shared memory. */
#ifndef FERRYI_PLATFORM_LINUX_NAMES_H
#define FERRYI_PLATFORM_LINUX_NAMES_H

#include <stdbool.h>

#include "platform/standing.h"

/* open(2) with these flags, for a file on which another process may hold the lease of
 * ferryi_names_is_alone: for a moment, unless that process is stopped (EWOULDBLOCK). Neither
 * follows a link nor waits for the other side of a pipe. */
int ferryi_names_open(const char *path, int flags);

/* Tells whether a path stands for an open file, without following a link. A path that cannot be
 * looked at counts as gone: other processes do not find it either. */
ferryi_standing ferryi_names_standing(const char *path, int descriptor);

/* Gives an open file this name once more. False: something has the name, or the file has lost its
 * last one, after which Linux gives it none (linkat(2), ENOENT), or the system says no. */
bool ferryi_names_link(const char *path, int descriptor);

/* Whether nobody but this descriptor has a file open or mapped. The caller has closed its own
 * mapping before. A system that cannot tell answers false. */
bool ferryi_names_is_alone(int descriptor);

#endif
