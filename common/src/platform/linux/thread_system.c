/* Source: pthread_create(3), pthread_sigmask(3), signal(7). */
#define _GNU_SOURCE
#include "platform/thread.h"

#include <pthread.h>
#include <signal.h>
#include <stddef.h>

static void *begin(void *argument) {
    const ferryi_thread *thread = argument;
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

int ferryi_thread_begin(ferryi_thread *thread) {
    pthread_t id;
    /* A thread begins with the mask of the one that starts it. */
    sigset_t blocked, before;
    fill_mask(&blocked);
    pthread_sigmask(SIG_BLOCK, &blocked, &before);
    int code = pthread_create(&id, NULL, begin, thread);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (code != 0)
        return code;
    pthread_setname_np(id, "frameferry"); /* for people who list threads; 15 bytes at most */
    thread->handle = (uintptr_t)id;
    return 0;
}

void ferryi_thread_await(const ferryi_thread *thread) {
    pthread_join((pthread_t)thread->handle, NULL);
}

void ferryi_thread_end(const ferryi_thread *thread) {
    (void)thread; /* the join has freed it; a forked child keeps nothing */
}
