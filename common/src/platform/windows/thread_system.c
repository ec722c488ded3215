/* Source: _beginthreadex in the manual of the C run-time library. */
#include "platform/thread.h"

#include <errno.h>
#include <process.h>
#include <stdlib.h>
#include <windows.h>

#include "support/error.h"

struct ferryi_thread {
    HANDLE handle;
    void (*run)(void *argument);
    void *argument;
};

static unsigned __stdcall begin(void *argument) {
    ferryi_thread *thread = argument;
    thread->run(thread->argument);
    return 0;
}

ferry_status ferryi_thread_start(ferryi_thread **out, void (*run)(void *argument), void *argument,
                                 ferry_error *error) {
    ferryi_thread *thread = malloc(sizeof *thread);
    if (thread == NULL)
        return ferryi_fail(error, FERRY_NO_MEMORY, 0, "out of memory");
    thread->run = run;
    thread->argument = argument;
    thread->handle = (HANDLE)_beginthreadex(NULL, 0, begin, thread, 0, NULL);
    if (thread->handle == NULL) {
        int code = errno;
        free(thread);
        return ferryi_fail_errno(error, code, "cannot start a thread");
    }
    *out = thread;
    return FERRY_OK;
}

void ferryi_thread_join(ferryi_thread **thread) {
    if (*thread == NULL)
        return;
    WaitForSingleObject((*thread)->handle, INFINITE);
    ferryi_thread_forget(thread);
}

void ferryi_thread_forget(ferryi_thread **thread) {
    CloseHandle((*thread)->handle);
    free(*thread);
    *thread = NULL;
}
