/* Names of open files in shared memory. */
#ifndef FERRYI_PLATFORM_LINUX_NAMES_H
#define FERRYI_PLATFORM_LINUX_NAMES_H

#include <frameferry/status.h>
#include <stdbool.h>

#include "platform/shm.h"
#include "platform/standing.h"

/* Where shm_open(3) and sem_open(3) have their files. */
#define FERRYI_NAMES_FOLDER "/dev/shm"

/* What sem_open(3) puts before a name. */
#define FERRYI_NAMES_SEMAPHORE "sem."

/* Room for the longest path of a name there. */
enum { FERRYI_NAMES_BYTES = 280 };

/* Writes the path of a name, with a prefix before it. FERRY_BAD_NAME: it is not that of one file in
 * the folder, and the path must not be used. */
ferry_status ferryi_names_path(char out[static FERRYI_NAMES_BYTES], const char *prefix,
                               const char *name, ferry_error *error);

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

/* Removes the path if it stands for an open file that nobody else has open or mapped. No process
 * can open the file meanwhile; one that has found the path before gets the file without its name,
 * and has to look (ferryi_names_standing). The caller has closed its own mapping before. Whether it
 * was removed. */
bool ferryi_names_remove_unused(const char *path, int descriptor);

/* Unmaps an object that nobody watches any more, and does the same with its path, one process after
 * the other. */
void ferryi_names_leave(const char *path, ferryi_shm *shm);

#endif
