/* Source: pthread_create(3), pthread_sigmask(3), signal(7). */
#define _GNU_SOURCE
#include "platform/thread.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#include "support/error.h"

struct ferryi_thread {
    pthread_t id;
    void (*run)(void *argument);
    void *argument;
};

static void *begin(void *argument) {
    ferryi_thread *thread = argument;
    thread->run(thread->argument);
    return NULL;
}

/* All but those that a thread brings upon itself: blocked, they would end the process. */
static void fill_mask(sigset_t *mask) {
    static const int own[] = {SIGBUS, SIGSEGV, SIGFPE, SIGILL, SIGTRAP, SIGSYS};
    sigfillset(mask);
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
        sigdelset(mask, own[i]);
}

ferry_status ferryi_thread_start(ferryi_thread **out, void (*run)(void *argument), void *argument,
                                 ferry_error *error) {
    ferryi_thread *thread = malloc(sizeof *thread);
    if (thread == NULL)
        return ferryi_fail(error, FERRY_NO_MEMORY, 0, "out of memory");
    thread->run = run;
    thread->argument = argument;
    /* A thread begins with the mask of the one that starts it. */
    sigset_t blocked, before;
    fill_mask(&blocked);
    pthread_sigmask(SIG_BLOCK, &blocked, &before);
    int code = pthread_create(&thread->id, NULL, begin, thread);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (code != 0) {
        free(thread);
        return ferryi_fail_errno(error, code, "cannot start a thread");
    }
    pthread_setname_np(thread->id, "frameferry"); /* for people who look; 15 bytes at most */
    *out = thread;
    return FERRY_OK;
}

void ferryi_thread_join(ferryi_thread **thread) {
    if (*thread == NULL)
        return;
    pthread_join((*thread)->id, NULL);
    ferryi_thread_forget(thread);
}

void ferryi_thread_forget(ferryi_thread **thread) {
    free(*thread);
    *thread = NULL;
}
