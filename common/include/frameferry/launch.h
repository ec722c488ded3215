/* Starting the other side of a channel as a child process.
 *
 * A ferry_child is used by one thread at a time. */
#ifndef FRAMEFERRY_LAUNCH_H
#define FRAMEFERRY_LAUNCH_H

#include <stdbool.h>

#include "status.h"
#include "version.h"

FERRY_BEGIN_DECLS

typedef struct ferry_child ferry_child;

/* How a child ended. */
typedef struct ferry_child_exit {
    bool exited;  /* false: it was killed by a signal (always true on Windows) */
    int32_t code; /* the exit code, or the number of the signal */
} ferry_child_exit;

/* Starts a command with the environment of this process and FERRY_NAME=channel. The child gets
 * standard input, output and error, and no other descriptor; signals have their default actions.
 * On POSIX the command is split into words as a shell does it (blanks, '...', "...", \), but no
 * shell runs: there is no expansion and no redirection. The first word is looked up in PATH. On
 * Windows the string goes to CreateProcess as it is.
 * Returns FERRY_INVALID_ARGUMENT (an empty command, an unbalanced quote), FERRY_SYSTEM_ERROR (it
 * cannot be started, with the reason), FERRY_NO_MEMORY. The caller owns *out and ends it with
 * ferry_child_free. Source: posix_spawn(3). */
FERRY_API ferry_status ferry_child_start(ferry_child **out, const char *command,
                                         const char *channel, ferry_error *error);

/* Waits up to timeout_ns (0: looks once) for the child to end: FERRY_OK and how it ended,
 * FERRY_TIMEOUT while it runs. After FERRY_OK, further calls give the same answer.
 * FERRY_INTERRUPTED: a signal handler ran meanwhile. FERRY_SYSTEM_ERROR: how it ended cannot be
 * known, because something else in this process waited for it, or SIGCHLD is ignored.
 * FERRY_INVALID_ARGUMENT: child or out is NULL. */
FERRY_API ferry_status ferry_child_wait(ferry_child *child, int64_t timeout_ns,
                                        ferry_child_exit *out);

/* The process id, for messages. */
FERRY_API int64_t ferry_child_id(const ferry_child *child);

/* Forgets the child and sets *child to NULL; a child that still runs goes on running. NULL is
 * accepted. */
FERRY_API void ferry_child_free(ferry_child **child);

FERRY_END_DECLS

#endif
