/* Source: WriteFile, GetFileType, CancelSynchronousIo in the Win32 manual. */
#include "host/windows/flow.h"

#include <process.h>
#include <stdlib.h>
#include <string.h>

#include <frameferry/clock.h>

#include "host/output.h"
#include "host/stop.h"
#include "host/windows/stop.h"
#include "platform/windows/timeout.h"

enum {
    /* A write that is being called off may be just about to begin, and is then called off again. */
    CANCEL_ATTEMPTS = 20,
    CANCEL_PAUSE_MS = 10
};

/* Returns 0 or a code. */
static DWORD write_all(HANDLE target, const char *bytes, size_t count) {
    while (count > 0) {
        DWORD some = count < (1 << 20) ? (DWORD)count : 1 << 20, done = 0;
        if (!WriteFile(target, bytes, some, &done, NULL))
            return GetLastError();
        bytes += done;
        count -= done;
    }
    return 0;
}

static unsigned __stdcall write_on(void *argument) {
    host_flow *f = argument;
    while (WaitForSingleObject(f->work, INFINITE) == WAIT_OBJECT_0 && !f->is_over) {
        f->code = write_all(f->target, f->bytes, f->count);
        SetEvent(f->done);
    }
    return 0;
}

void host_flow_begin(host_flow *f, HANDLE target) {
    *f = (host_flow){.is_ready = true, .target = target};
    if (GetFileType(f->target) == FILE_TYPE_DISK)
        return;
    f->work = CreateEventW(NULL, FALSE, FALSE, NULL);
    f->done = CreateEventW(NULL, FALSE, FALSE, NULL);
    if (f->work != NULL && f->done != NULL)
        f->thread = (HANDLE)_beginthreadex(NULL, 0, write_on, f, 0, NULL);
}

/* Waits until the thread is done; false: the user has asked to stop and the grace is over. */
static bool await_thread(host_flow *f) {
    HANDLE stopped = host_stop_event();
    HANDLE waits[] = {f->done, stopped};
    if (WaitForMultipleObjects(stopped != NULL ? 2 : 1, waits, FALSE, INFINITE) == WAIT_OBJECT_0)
        return true;
    uint64_t now_ns = ferry_clock_ns();
    if (f->give_up_ns == 0)
        f->give_up_ns = now_ns + (uint64_t)HOST_OUTPUT_GRACE_NS;
    int64_t left_ns = f->give_up_ns > now_ns ? (int64_t)(f->give_up_ns - now_ns) : 0;
    return WaitForSingleObject(f->done, ferryi_timeout_ms(left_ns)) == WAIT_OBJECT_0;
}

/* A write that cannot be called off goes on until the process ends, and keeps what it needs. */
static void give_up(host_flow *f) {
    f->is_given_up = true;
    for (int i = 0; i < CANCEL_ATTEMPTS; i++) {
        CancelSynchronousIo(f->thread);
        if (WaitForSingleObject(f->done, CANCEL_PAUSE_MS) == WAIT_OBJECT_0)
            return;
    }
}

/* Returns 0 or a code; ERROR_CANCELLED when it was given up. */
static DWORD write_by_thread(host_flow *f, const char *bytes, size_t count) {
    if (count > f->capacity) {
        char *grown = realloc(f->bytes, count);
        if (grown == NULL)
            return ERROR_NOT_ENOUGH_MEMORY;
        f->bytes = grown;
        f->capacity = count;
    }
    memcpy(f->bytes, bytes, count);
    f->count = count;
    SetEvent(f->work);
    if (await_thread(f))
        return f->code;
    give_up(f);
    return ERROR_CANCELLED;
}

DWORD host_flow_write(host_flow *f, const void *bytes, size_t count) {
    DWORD code = ERROR_CANCELLED;
    if (!f->is_given_up)
        code = f->thread != NULL ? write_by_thread(f, bytes, count)
                                 : write_all(f->target, bytes, count);
    /* The user who asked us to stop may have asked the reader too. */
    if (host_stop_count() > 0 && host_flow_is_unread(code))
        code = ERROR_CANCELLED;
    if (code == ERROR_CANCELLED)
        f->is_given_up = true;
    return code;
}

bool host_flow_is_unread(DWORD code) {
    return code == ERROR_NO_DATA || code == ERROR_BROKEN_PIPE || code == ERROR_PIPE_NOT_CONNECTED;
}

bool host_flow_end(host_flow *f) {
    if (f->thread != NULL && f->is_given_up)
        return false;
    if (f->thread != NULL) {
        f->is_over = true;
        SetEvent(f->work);
        WaitForSingleObject(f->thread, INFINITE);
        CloseHandle(f->thread);
    }
    HANDLE events[] = {f->work, f->done};
    for (size_t i = 0; i < sizeof events / sizeof events[0]; i++)
        if (events[i] != NULL)
            CloseHandle(events[i]);
    free(f->bytes);
    *f = (host_flow){.is_ready = false};
    return true;
}
