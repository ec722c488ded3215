/* Threads.
 *
 * Contract: a signal handler of the program runs in such a thread only if the thread itself raises
 * the signal by a fault (the guard's handler is one of them). So the main thread gets the signals
 * that ask a program to stop. A child made by fork does not have the thread: there the handle is
 * forgotten, not joined. */
#ifndef FERRYI_PLATFORM_THREAD_H
#define FERRYI_PLATFORM_THREAD_H

#include <stdint.h>

#include <frameferry/status.h>

typedef struct ferryi_thread {
    void (*run)(void *argument);
    void *argument;
    uintptr_t handle; /* the system's */
} ferryi_thread;

/* Runs a function in a new thread. The caller ends *out with join or forget. FERRY_NO_MEMORY, or
 * what the system says. Source: pthread_create(3), _beginthreadex. */
ferry_status ferryi_thread_start(ferryi_thread **out, void (*run)(void *argument), void *argument,
                                 ferry_error *error);

/* Blocks until the function has returned, frees the handle and sets *thread to NULL. All
 * that the thread did has happened before. A pointer to NULL is accepted. */
void ferryi_thread_join(ferryi_thread **thread);

/* Frees the handle, in a process that does not have the thread. */
void ferryi_thread_forget(ferryi_thread **thread);

/* The system's part of the calls above. Begin makes a thread that calls run with the argument, sets
 * the handle, and returns 0 or an errno. Await blocks until the thread has ended. End frees what
 * the system keeps for the handle. */
int ferryi_thread_begin(ferryi_thread *thread);
void ferryi_thread_await(const ferryi_thread *thread);
void ferryi_thread_end(const ferryi_thread *thread);

#endif
