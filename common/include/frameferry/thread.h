/* Threads for our own programs: work beside the main thread, mutual exclusion, waiting for one
 * another. Not installed and not part of the public interface.
 *
 * Everything may be called from any thread. Nothing here is for waiting for another process. */
#ifndef FRAMEFERRY_THREAD_H
#define FRAMEFERRY_THREAD_H

#include <stdbool.h>
#include <stdint.h>

/* ---- threads ---- */

typedef struct ferryi_thread ferryi_thread;

/* Runs a function in a thread of its own. The signals of ferryi_host_catch_stop are blocked in it,
 * so that the main thread gets them. False: the system has no memory or room for it. The caller
 * ends *out with ferryi_thread_join. Source: pthread_create(3), _beginthreadex. */
bool ferryi_thread_start(ferryi_thread **out, void (*run)(void *argument), void *argument);

/* Blocks until the function has returned, frees the thread and sets *thread to NULL. What the
 * thread did has happened before. A pointer to NULL is accepted. */
void ferryi_thread_join(ferryi_thread **thread);

/* How many threads can run at once, at least 1: the processors that this process may use. */
unsigned ferryi_host_core_count(void);

/* ---- mutual exclusion ---- */

/* Not recursive. */
typedef struct ferryi_mutex ferryi_mutex;

ferryi_mutex *ferryi_mutex_new(void);        /* NULL: no memory */
void ferryi_mutex_free(ferryi_mutex *mutex); /* unlocked; NULL is accepted */
void ferryi_mutex_lock(ferryi_mutex *mutex);
void ferryi_mutex_unlock(ferryi_mutex *mutex);

/* One that always is there and is never freed, for messages: they have to work when nothing else
 * does. */
ferryi_mutex *ferryi_mutex_for_messages(void);

/* ---- waiting for one another ---- */

typedef struct ferryi_condition ferryi_condition;

ferryi_condition *ferryi_condition_new(void);            /* NULL: no memory */
void ferryi_condition_free(ferryi_condition *condition); /* nobody waits; NULL is accepted */

/* Unlocks the mutex, which the caller has locked, sleeps until it is signalled, and locks the mutex
 * again. May return for no reason: the caller looks again at what it waits for. */
void ferryi_condition_wait(ferryi_condition *condition, ferryi_mutex *mutex);

/* The same, but not beyond a time on ferry_clock_ns: false when that has come. */
bool ferryi_condition_wait_until(ferryi_condition *condition, ferryi_mutex *mutex,
                                 uint64_t deadline_ns);

void ferryi_condition_signal(ferryi_condition *condition);    /* wakes at least one that waits */
void ferryi_condition_broadcast(ferryi_condition *condition); /* wakes all that wait */

#endif
