/* Source: pthread_create(3), pthread_sigmask(3), signal(7). */
#define _GNU_SOURCE
#include "../helper.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#include "../../support/error.h"

struct ferryi_helper {
    pthread_t thread;
    void (*run)(void *argument);
    void *argument;
};

static void *begin(void *argument) {
    ferryi_helper *helper = argument;
    helper->run(helper->argument);
    return NULL;
}

/* All but those that a thread brings upon itself: blocked, they would end the process. */
static void fill_mask(sigset_t *mask) {
    static const int own[] = {SIGBUS, SIGSEGV, SIGFPE, SIGILL, SIGTRAP, SIGSYS};
    sigfillset(mask);
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
        sigdelset(mask, own[i]);
}

ferry_status ferryi_helper_start(ferryi_helper **out, void (*run)(void *argument), void *argument,
                                 ferry_error *error) {
    ferryi_helper *helper = malloc(sizeof *helper);
    if (helper == NULL)
        return ferryi_fail(error, FERRY_NO_MEMORY, 0, "out of memory");
    helper->run = run;
    helper->argument = argument;
    /* A thread begins with the mask of the one that starts it. */
    sigset_t blocked, before;
    fill_mask(&blocked);
    pthread_sigmask(SIG_BLOCK, &blocked, &before);
    int code = pthread_create(&helper->thread, NULL, begin, helper);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (code != 0) {
        free(helper);
        return ferryi_fail_errno(error, code, "cannot start a thread");
    }
    pthread_setname_np(helper->thread, "frameferry"); /* for people who look; 15 bytes at most */
    *out = helper;
    return FERRY_OK;
}

void ferryi_helper_join(ferryi_helper **helper) {
    pthread_join((*helper)->thread, NULL);
    ferryi_helper_forget(helper);
}

void ferryi_helper_forget(ferryi_helper **helper) {
    free(*helper);
    *helper = NULL;
}
