/* Whether the reader of a pipe is gone. */
#ifndef HOST_READER_H
#define HOST_READER_H

#include <stdbool.h>
#include <stdint.h>

/* Whether standard output is a pipe, a socket or a terminal that nobody reads any more. False on
 * Windows, where only a write could tell. Source: poll(2). */
bool host_has_lost_reader(void);

/* Whether a program that ended in this way, as in ferry_child_exit, has written to a pipe that
 * nobody read: SIGPIPE killed it or, as a shell reports it, the last program that the shell ran.
 * Never on Windows. */
bool host_is_broken_pipe(bool exited, int32_t code);

#endif
