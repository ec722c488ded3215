/* Child processes: starting the other side of a channel, writing to it, and waiting for its end.
 *
 *     ferry_child_start(&child, "my-viewer --fullscreen", "camera", &error);
 *     ferry_child_wait(child, FERRY_FOREVER, &ended);
 *     ferry_child_free(&child);
 *
 * A ferry_child is used by one thread at a time. The rules of status.h for times, options and NULL
 * hold here too. */
#ifndef FRAMEFERRY_CHILD_H
#define FRAMEFERRY_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "clock.h"
#include "status.h"
#include "version.h"

FERRY_BEGIN_DECLS

typedef struct ferry_child ferry_child;

/* How a child ended. */
typedef struct ferry_child_exit {
    /* False: a signal killed it. On Windows that is only Ctrl-C, or an event with the same exit
     * code, in a program that does not catch it. */
    bool exited;
    int32_t code; /* the exit code, or the number of the signal (on Windows SIGINT, 2) */
} ferry_child_exit;

typedef struct ferry_child_options {
    size_t size;         /* of this struct, set by the initialiser */
    const char *command; /* see ferry_child_start_with; has no default: NULL is refused */
    const char *channel; /* the child gets FERRY_NAME=channel; NULL: FERRY_NAME as this process has
                            it */
    /* Changes of the environment, for the child only; ended by NULL. The last change of a variable
     * counts. NULL: none. The strings stay the caller's, and are not kept.
     *   "NAME=VALUE"  sets a variable
     *   "NAME"        removes it
     *   "NAME*"       removes all variables whose names begin with NAME */
    const char *const *variables;
    uint32_t pipe_input; /* 1: the child's standard input is a pipe for ferry_child_write */
    /* 1: ferry_child_end also ends the programs that the child has started. On Linux the child gets
     * a process group of its own: Ctrl-C in the terminal does not reach it, and it cannot read from
     * the terminal. On Windows it gets a job and a process group. */
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
 * standard input, output and error, and no other descriptor. Signals have their default actions,
 * except for an ignored SIGHUP, as under nohup, which stays ignored.
 *
 * On Linux the command is split into words as a shell does it (blanks, '...', "...", \), but no
 * shell runs: there is no expansion and no redirection. The first word is looked up in PATH. On
 * Windows the string goes to CreateProcess as it is.
 *
 * Does not wait for the child. Returns FERRY_OK; FERRY_INVALID_ARGUMENT (no command, an empty one,
 * an unbalanced quote, a variable without a name); FERRY_SYSTEM_ERROR (it cannot be started, with
 * the reason); FERRY_NO_MEMORY. The caller owns *out and ends it with ferry_child_free. Source:
 * posix_spawn(3), CreateProcessW. */
FERRY_API ferry_status ferry_child_start_with(ferry_child **out, const ferry_child_options *options,
                                              ferry_error *error);

/* Does what ferry_child_start_with does with a command and a channel, neither of which may be NULL,
 * and no other option. */
FERRY_API ferry_status ferry_child_start(ferry_child **out, const char *command,
                                         const char *channel, ferry_error *error);

/* Writes to the standard input of a child that was started with pipe_input. Sleeps until the child
 * has read enough for the rest to fit the pipe, up to timeout_ns in all (0: writes what fits now).
 * On every return *written, unless written is NULL, is the number of bytes that have been written.
 *
 * Returns FERRY_OK: all bytes. FERRY_END_OF_STREAM: the child has closed its input, or has ended,
 * without reading all; that need not be a fault. FERRY_TIMEOUT. FERRY_INTERRUPTED: a signal handler
 * ran while the call slept; never on Windows. FERRY_SYSTEM_ERROR: the bytes cannot be read, which
 * happens when they lie in shared memory that has been cut short. FERRY_INVALID_ARGUMENT: an
 * argument is wrong, or there is no pipe, or no longer.
 *
 * SIGPIPE ends no process, whatever its action. On Linux it is blocked in this thread while bytes
 * are written, a SIGPIPE that the write has caused is taken back, and mask and action stay as they
 * were. The pipe is a true pipe and no socket, so that a child may open /dev/stdin. On Windows up
 * to 256 KiB that count as written may still be on their way, and reach the child only while this
 * process lives. Source: pipe(7), "SIGPIPE" in write(2). */
FERRY_API ferry_status ferry_child_write(ferry_child *child, const void *bytes, size_t count,
                                         int64_t timeout_ns, size_t *written);

/* Closes the pipe: the child reads the end of its input. Does not block. Does nothing without a
 * pipe, and for NULL. Other children of this process do not have the pipe, unless they were forked
 * without exec. */
FERRY_API void ferry_child_close_input(ferry_child *child);

/* Asks a child to end (SIGTERM) or, by force, ends it (SIGKILL). On Windows both are
 * TerminateProcess, with the exit codes 143 and 137. Returns at once: ferry_child_wait tells how
 * the child ended. With own_group, the request is repeated when ferry_child_wait or
 * ferry_child_write finds the child dead, for a program that was just being started. Does nothing
 * for a child that has ended, and for NULL; programs that such a child has started go on running.
 */
FERRY_API void ferry_child_end(ferry_child *child, bool by_force);

/* Waits up to timeout_ns (0: looks once) for the child to end. Returns FERRY_OK and, unless out is
 * NULL, how it ended; further calls then give the same answer. FERRY_TIMEOUT: it still runs.
 * FERRY_INTERRUPTED: a signal handler ran meanwhile; never on Windows. FERRY_SYSTEM_ERROR: how it
 * ended cannot be known, because other code in this process waited for it, or SIGCHLD is ignored.
 * FERRY_INVALID_ARGUMENT. */
FERRY_API ferry_status ferry_child_wait(ferry_child *child, int64_t timeout_ns,
                                        ferry_child_exit *out);

/* Returns the process id, for messages; 0 for NULL. Does not block. */
FERRY_API int64_t ferry_child_id(const ferry_child *child);

/* Closes the pipe, frees the handle and sets *child to NULL. A child that still runs goes on
 * running. Does not block. NULL, and a pointer to NULL, are accepted. */
FERRY_API void ferry_child_free(ferry_child **child);

FERRY_END_DECLS

#endif
