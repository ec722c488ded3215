/* Source: _beginthreadex in the manual of the C run-time library. */
#include "platform/thread.h"

#include <errno.h>
#include <process.h>
#include <windows.h>

static unsigned __stdcall begin(void *argument) {
    const ferryi_thread *thread = argument;
    thread->run(thread->argument);
    return 0;
}

int ferryi_thread_begin(ferryi_thread *thread) {
    thread->handle = _beginthreadex(NULL, 0, begin, thread, 0, NULL);
    return thread->handle != 0 ? 0 : errno;
}

void ferryi_thread_await(const ferryi_thread *thread) {
    WaitForSingleObject((HANDLE)thread->handle, INFINITE);
}

void ferryi_thread_end(const ferryi_thread *thread) {
    CloseHandle((HANDLE)thread->handle);
}
