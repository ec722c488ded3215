/* A thread of the library's own.
 *
 * Contract: no signal handler of the program runs in it, but for those that answer what the thread
 * itself does (the guard's is one of them). A child made by fork does not have the thread: there
 * the handle is forgotten, not joined. */
#ifndef FERRYI_PLATFORM_HELPER_H
#define FERRYI_PLATFORM_HELPER_H

#include <frameferry/status.h>

typedef struct ferryi_helper ferryi_helper;

/* Runs a function in a new thread. The caller ends *out with join or forget. */
ferry_status ferryi_helper_start(ferryi_helper **out, void (*run)(void *argument), void *argument,
                                 ferry_error *error);

/* Waits until the function has returned, and frees the handle. */
void ferryi_helper_join(ferryi_helper **helper);

/* Frees the handle, in a process that does not have the thread. */
void ferryi_helper_forget(ferryi_helper **helper);

#endif
