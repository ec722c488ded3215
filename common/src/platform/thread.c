#include "platform/thread.h"

#include <stdlib.h>

#include "support/error.h"

ferry_status ferryi_thread_start(ferryi_thread **out, void (*run)(void *argument), void *argument,
                                 ferry_error *error) {
    ferryi_thread *thread = malloc(sizeof *thread);
    if (thread == NULL)
        return ferryi_fail(error, FERRY_NO_MEMORY, 0, "out of memory");
    thread->run = run;
    thread->argument = argument;
    int code = ferryi_thread_begin(thread);
    if (code != 0) {
        free(thread);
        return ferryi_fail_errno(error, code, "cannot start a thread");
    }
    *out = thread;
    return FERRY_OK;
}

void ferryi_thread_join(ferryi_thread **thread) {
    if (*thread == NULL)
        return;
    ferryi_thread_await(*thread);
    ferryi_thread_forget(thread);
}

void ferryi_thread_forget(ferryi_thread **thread) {
    ferryi_thread_end(*thread);
    free(*thread);
    *thread = NULL;
}
