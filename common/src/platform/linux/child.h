/* What child.c and child_input.c know of a child. */
#ifndef FERRYI_PLATFORM_LINUX_CHILD_H
#define FERRYI_PLATFORM_LINUX_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

#include <frameferry/child.h>
#include <frameferry/clock.h>

/* How often a child is looked at where the kernel has no pidfd (Linux before 5.3, some sandboxes).
 */
#define FERRYI_CHILD_LOOK_INTERVAL_NS (FERRY_SECOND_NS / 100)

struct ferry_child {
    pid_t id;
    int descriptor; /* a pidfd, which becomes readable when the child ends; -1: not available */
    int input;      /* our end of the pipe, which does not block; -1: there is none */
    bool has_group; /* it leads a process group of its own */
    int end_signal; /* what ferry_child_end has sent last; 0: nothing */
    bool ended;
    ferry_child_exit how;
};

/* Looks once whether the child has ended: FERRY_OK, FERRY_TIMEOUT, or FERRY_SYSTEM_ERROR when it
 * cannot be known. */
ferry_status ferryi_child_look(ferry_child *child);

/* Makes a pipe whose both ends are close-on-exec: *reading for the child, *writing for us. Returns
 * 0 or an errno. */
int ferryi_child_make_pipe(int *reading, int *writing);

#endif
