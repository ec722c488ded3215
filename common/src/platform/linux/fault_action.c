/* Source: raise(3), signal(7). */
#define _GNU_SOURCE
#include "platform/fault_point.h"

#include <signal.h>
#include <unistd.h>

void ferryi_fault_point_kill(const char *point) {
    (void)point;
    kill(getpid(), SIGKILL); /* not raise: all threads have to go */
    for (;;)
        pause();
}

void ferryi_fault_point_stop(const char *point) {
    (void)point;
    kill(getpid(), SIGSTOP);
}
