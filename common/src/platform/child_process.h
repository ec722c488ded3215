/* The process of a child: child.c's part that each system has its own of.
 *
 * Contract: one thread at a time. The handle outlives the process, so that its number is not taken
 * for another's. */
#ifndef FERRYI_PLATFORM_CHILD_PROCESS_H
#define FERRYI_PLATFORM_CHILD_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

#include <frameferry/child.h>
#include <frameferry/clock.h>

/* How often a process without such a handle is looked at. */
#define FERRYI_CHILD_PROCESS_LOOK_NS (FERRY_SECOND_NS / 100)

typedef struct ferryi_child_process ferryi_child_process;

/* Starts the command of options, which have been checked, with the environment that they ask for.
 * input is what becomes standard input, and stays the caller's; -1: this process's own. Returns
 * what ferry_child_start_with promises. The caller ends *out with ferryi_child_process_close. */
ferry_status ferryi_child_process_start(ferryi_child_process **out,
                                        const ferry_child_options *options, intptr_t input,
                                        ferry_error *error);

/* Looks once, without waiting, whether the process has ended, and how: FERRY_OK, FERRY_TIMEOUT
 * while it runs, or FERRY_SYSTEM_ERROR when that cannot be known. Not called again after
 * FERRY_OK. */
ferry_status ferryi_child_process_look(ferryi_child_process *process, ferry_child_exit *how);

/* Sleeps until the process ends, up to limit_ns, or for no reason. False: a signal handler ran. */
bool ferryi_child_process_sleep(const ferryi_child_process *process, int64_t limit_ns);

/* Ends a process that has not been found to have ended, as ferry_child_end says. */
void ferryi_child_process_end(ferryi_child_process *process, bool by_force);

/* Returns the number that the system gives it. */
int64_t ferryi_child_process_id(const ferryi_child_process *process);

/* Returns a handle by which a wait for several things notices the end of the process: a descriptor
 * that becomes readable, a HANDLE that is signalled. -1: there is none (Linux before 5.3, some
 * sandboxes). */
intptr_t ferryi_child_process_handle(const ferryi_child_process *process);

/* Frees the handle; a process that runs goes on running. NULL is accepted. */
void ferryi_child_process_close(ferryi_child_process *process);

#endif
