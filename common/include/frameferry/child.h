/* Starting the other side of a channel as a child process.
 *
 * A ferry_child is used by one thread at a time. What status.h says of times and of NULL holds here
 * too. */
#ifndef FRAMEFERRY_LAUNCH_H
#define FRAMEFERRY_LAUNCH_H

#include <stdbool.h>
#include <stddef.h>

#include "status.h"
#include "version.h"

FERRY_BEGIN_DECLS

typedef struct ferry_child ferry_child;

/* How a child ended. */
typedef struct ferry_child_exit {
    /* False: it was killed by a signal. On Windows that is only Ctrl-C, or what ends in the same
     * way, in a program that does not catch it. */
    bool exited;
    int32_t code; /* the exit code, or the number of the signal (on Windows SIGINT, 2) */
} ferry_child_exit;

typedef struct ferry_child_options {
    size_t size;         /* of this struct, set by the initialiser */
    const char *command; /* see ferry_child_start_with; has no default: NULL is refused */
    const char *channel; /* the child gets FERRY_NAME=channel; NULL: what this process has */
    /* Changes of the environment, for the child only; ended by NULL. Of several for one name the
     * last counts. NULL: none.
     *   "NAME=VALUE"  sets a variable
     *   "NAME"        takes one away
     *   "NAME*"       takes all away that begin with NAME */
    const char *const *variables;
    uint32_t pipe_input; /* 1: the child's standard input is a pipe for ferry_child_write */
    /* 1: ferry_child_end reaches the programs that the child has started, too. On POSIX the child
     * gets a process group of its own: Ctrl-C in the terminal does not reach it any more, and it
     * cannot read from the terminal. On Windows it gets a job and a process group. */
    uint32_t own_group;
} ferry_child_options;

#ifdef __cplusplus
static inline ferry_child_options ferry_child_options_init() {
    ferry_child_options options = ferry_child_options();
    options.size = sizeof(ferry_child_options);
    return options;
}
#define FERRY_CHILD_OPTIONS_INIT ferry_child_options_init()
#else
#define FERRY_CHILD_OPTIONS_INIT                                                                   \
    { .size = sizeof(ferry_child_options) }
#endif

/* Starts a command with the environment of this process and the changes in options. The child gets
 * standard input, output and error, and no other descriptor; signals have their default actions,
 * but for SIGHUP where it is ignored, as under nohup.
 * On POSIX the command is split into words as a shell does it (blanks, '...', "...", \), but no
 * shell runs: there is no expansion and no redirection. The first word is looked up in PATH. On
 * Windows the string goes to CreateProcess as it is.
 * Returns FERRY_INVALID_ARGUMENT (no command, an empty one, an unbalanced quote, a variable without
 * a name), FERRY_SYSTEM_ERROR (it cannot be started, with the reason), FERRY_NO_MEMORY. The caller
 * owns *out and ends it with ferry_child_free. Source: posix_spawn(3). */
FERRY_API ferry_status ferry_child_start_with(ferry_child **out, const ferry_child_options *options,
                                              ferry_error *error);

/* ferry_child_start_with for a command and a channel, which are both needed, and nothing else. */
FERRY_API ferry_status ferry_child_start(ferry_child **out, const char *command,
                                         const char *channel, ferry_error *error);

/* Writes to the standard input of a child that was started with pipe_input. Sleeps until the child
 * has read enough for the rest to fit the pipe, up to timeout_ns in all (0: writes what fits now).
 * *written, which may be NULL, is how much has been written, whatever comes back:
 * FERRY_OK: all. FERRY_END_OF_STREAM: the child has closed its input, or has ended, without reading
 * all; no fault in itself. FERRY_TIMEOUT. FERRY_INTERRUPTED: a signal handler ran while it slept;
 * never on Windows. FERRY_SYSTEM_ERROR: the bytes cannot be read, which happens when they lie in
 * shared memory that has been cut short. FERRY_INVALID_ARGUMENT: an argument, or there is no
 * pipe (any more). SIGPIPE ends nobody, whatever its action: on POSIX
 * it is blocked in this thread while bytes are written, one that the write has caused is taken
 * back, and mask and action stay as they were. The pipe is a true one and no socket, so that a
 * child may open /dev/stdin. On Windows up to 256 KiB that count as written may still be on their
 * way, and need this process to live until they are read. Source: pipe(7), "SIGPIPE" in write(2).
 */
FERRY_API ferry_status ferry_child_write(ferry_child *child, const void *bytes, size_t count,
                                         int64_t timeout_ns, size_t *written);

/* Closes the pipe: the child reads the end of its input. Never blocks; again, without a pipe or
 * with NULL it does nothing. Other children of this process do not have the pipe, unless they were
 * forked without exec. */
FERRY_API void ferry_child_close_input(ferry_child *child);

/* Asks a child to end (SIGTERM) or, by force, makes it (SIGKILL); on Windows both are
 * TerminateProcess, with the exit codes 143 and 137. Returns at once: ferry_child_wait tells how it
 * ended. With own_group it passes the request on once more, for what was just being started, when
 * it finds the child dead. Does nothing for a child that has ended, or NULL; what such a child has
 * started is left alone. */
FERRY_API void ferry_child_end(ferry_child *child, bool by_force);

/* Waits up to timeout_ns (0: looks once) for the child to end: FERRY_OK and, unless out is NULL,
 * how it ended; FERRY_TIMEOUT while it runs. After FERRY_OK, further calls give the same answer.
 * FERRY_INTERRUPTED: a signal handler ran meanwhile; never on Windows. FERRY_SYSTEM_ERROR: how it
 * ended cannot be known, because something else in this process waited for it, or SIGCHLD is
 * ignored. FERRY_INVALID_ARGUMENT. */
FERRY_API ferry_status ferry_child_wait(ferry_child *child, int64_t timeout_ns,
                                        ferry_child_exit *out);

/* The process id, for messages; 0 for NULL. */
FERRY_API int64_t ferry_child_id(const ferry_child *child);

/* Forgets the child, closes its pipe and sets *child to NULL; a child that still runs goes on
 * running. NULL is accepted. */
FERRY_API void ferry_child_free(ferry_child **child);

FERRY_END_DECLS

#endif
