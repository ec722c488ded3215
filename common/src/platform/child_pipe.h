/* A pipe to the standard input of a child: child.c's part that each system has its own of.
 *
 * Contract: one thread at a time. Neither end goes to programs that this process starts, but for
 * the one that ferryi_child_process_start gets. A write to a pipe that nobody reads fails; it ends
 * nobody (SIGPIPE). */
#ifndef FERRYI_PLATFORM_CHILD_PIPE_H
#define FERRYI_PLATFORM_CHILD_PIPE_H

#include <stddef.h>
#include <stdint.h>

#include <frameferry/status.h>

typedef struct ferryi_child_pipe ferryi_child_pipe;

/* Makes a pipe for the command, which is for the sentence: FERRY_OK, FERRY_NO_MEMORY,
 * FERRY_SYSTEM_ERROR. The caller ends *out with ferryi_child_pipe_close. */
ferry_status ferryi_child_pipe_open(ferryi_child_pipe **out, const char *command,
                                    ferry_error *error);

/* Returns the child's end, until it is closed. */
intptr_t ferryi_child_pipe_reading(const ferryi_child_pipe *pipe);

/* Closes the child's end in this process, so that the child's is the only one. */
void ferryi_child_pipe_close_reading(ferryi_child_pipe *pipe);

/* Writes what fits without waiting: FERRY_OK and how much, at least 1, in *some. FERRY_FULL:
 * nothing fits now. FERRY_END_OF_STREAM: nobody reads any more. FERRY_SYSTEM_ERROR. */
ferry_status ferryi_child_pipe_write(ferryi_child_pipe *pipe, const void *bytes, size_t count,
                                     size_t *some);

/* Sleeps until a write may say something else than FERRY_FULL: FERRY_OK. FERRY_TIMEOUT: the
 * process, which is given by its handle (-1: none), has ended, or limit_ns is over, or for no
 * reason. FERRY_INTERRUPTED: a signal handler ran. FERRY_SYSTEM_ERROR. */
ferry_status ferryi_child_pipe_await(const ferryi_child_pipe *pipe, intptr_t process,
                                     int64_t limit_ns);

/* Closes both ends. Never blocks; what has been written still arrives. */
void ferryi_child_pipe_close(ferryi_child_pipe *pipe);

#endif
