/* Threads.
 *
 * Contract: no signal handler of the program runs in such a thread, but for those that answer what
 * the thread itself does (the guard's is one of them). So the main thread gets what asks a program
 * to stop. A child made by fork does not have the thread: there the handle is forgotten, not
 * joined. */
#ifndef FERRYI_PLATFORM_THREAD_H
#define FERRYI_PLATFORM_THREAD_H

#include <frameferry/status.h>

typedef struct ferryi_thread ferryi_thread;

/* Runs a function in a new thread. The caller ends *out with join or forget. FERRY_NO_MEMORY, or
 * what the system says. Source: pthread_create(3), _beginthreadex. */
ferry_status ferryi_thread_start(ferryi_thread **out, void (*run)(void *argument), void *argument,
                                 ferry_error *error);

/* Blocks until the function has returned, frees the handle and sets *thread to NULL. What the
 * thread did has happened before. A pointer to NULL is accepted. */
void ferryi_thread_join(ferryi_thread **thread);

/* Frees the handle, in a process that does not have the thread. */
void ferryi_thread_forget(ferryi_thread **thread);

#endif
