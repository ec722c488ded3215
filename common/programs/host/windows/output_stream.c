/* Standard output and standard error. Source: WriteFile, GetFileType, CancelSynchronousIo in the
 * Win32 manual. */
#include "host/output.h"

#include <process.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <windows.h>

#include <frameferry/clock.h>

#include "host/stop.h"
#include "host/windows/stop.h"
#include "platform/windows/failure.h"
#include "platform/windows/timeout.h"

enum {
    /* A write that is being called off may be just about to begin, and is then called off again. */
    CANCEL_ATTEMPTS = 20,
    CANCEL_PAUSE_MS = 10
};

/* The kind of these streams depends on the program that started this one. Only a plain write works
 * with every kind, and a thread in it can wait for nothing else. So a thread writes, and the caller
 * of host_write waits for it. */
typedef struct output {
    bool is_ready;
    bool is_given_up;
    HANDLE target;
    HANDLE thread;       /* NULL: a write waits for nobody */
    HANDLE work;         /* set when there is something to write */
    HANDLE done;         /* set when it has been written, or cannot be */
    uint64_t give_up_ns; /* the end of the grace; 0: it has not begun */

    /* The thread's between work and done, else the other's. */
    char *bytes;
    size_t capacity;
    size_t count;
    DWORD code; /* 0: all has been written */
} output;

static output outputs[2];

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
    output *o = argument;
    while (WaitForSingleObject(o->work, INFINITE) == WAIT_OBJECT_0) {
        o->code = write_all(o->target, o->bytes, o->count);
        SetEvent(o->done);
    }
    return 0;
}

static void prepare(output *o, DWORD which) {
    o->is_ready = true;
    o->target = GetStdHandle(which);
    if (GetFileType(o->target) == FILE_TYPE_DISK)
        return;
    o->work = CreateEventW(NULL, FALSE, FALSE, NULL);
    o->done = CreateEventW(NULL, FALSE, FALSE, NULL);
    if (o->work != NULL && o->done != NULL)
        o->thread = (HANDLE)_beginthreadex(NULL, 0, write_on, o, 0, NULL);
}

/* Waits until the thread is done; false: the user has asked to stop and the grace is over. */
static bool await_thread(output *o) {
    HANDLE stopped = host_stop_event();
    HANDLE waits[] = {o->done, stopped};
    if (WaitForMultipleObjects(stopped != NULL ? 2 : 1, waits, FALSE, INFINITE) == WAIT_OBJECT_0)
        return true;
    uint64_t now_ns = ferry_clock_ns();
    if (o->give_up_ns == 0)
        o->give_up_ns = now_ns + (uint64_t)HOST_OUTPUT_GRACE_NS;
    int64_t left_ns = o->give_up_ns > now_ns ? (int64_t)(o->give_up_ns - now_ns) : 0;
    return WaitForSingleObject(o->done, ferryi_timeout_ms(left_ns)) == WAIT_OBJECT_0;
}

/* A write that cannot be called off goes on until the process ends, and keeps what it needs. */
static void give_up(output *o) {
    o->is_given_up = true;
    for (int i = 0; i < CANCEL_ATTEMPTS; i++) {
        CancelSynchronousIo(o->thread);
        if (WaitForSingleObject(o->done, CANCEL_PAUSE_MS) == WAIT_OBJECT_0)
            return;
    }
}

/* Returns 0 or a code; ERROR_CANCELLED when it was given up. */
static DWORD write_by_thread(output *o, const char *bytes, size_t count) {
    if (count > o->capacity) {
        char *grown = realloc(o->bytes, count);
        if (grown == NULL)
            return ERROR_NOT_ENOUGH_MEMORY;
        o->bytes = grown;
        o->capacity = count;
    }
    memcpy(o->bytes, bytes, count);
    o->count = count;
    SetEvent(o->work);
    if (await_thread(o))
        return o->code;
    give_up(o);
    return ERROR_CANCELLED;
}

ferry_status host_output_write(host_stream stream, const char *name, const void *bytes,
                               size_t count, ferry_error *error) {
    bool is_error = stream == HOST_STREAM_ERROR;
    output *o = &outputs[is_error];
    if (!o->is_ready)
        prepare(o, is_error ? STD_ERROR_HANDLE : STD_OUTPUT_HANDLE);
    DWORD code = ERROR_CANCELLED;
    if (!o->is_given_up)
        code = o->thread != NULL ? write_by_thread(o, bytes, count)
                                 : write_all(o->target, bytes, count);
    /* The user who asked us to stop may have asked the reader too. */
    if (host_stop_count() > 0 && (code == ERROR_NO_DATA || code == ERROR_BROKEN_PIPE))
        code = ERROR_CANCELLED;
    if (code == 0)
        return FERRY_OK;
    if (code == ERROR_CANCELLED) {
        o->is_given_up = true;
        return FERRY_INTERRUPTED;
    }
    return ferryi_fail_win32(error, code, "cannot write to %s", name);
}
