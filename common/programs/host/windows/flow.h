/* Bytes on their way to a handle, in a way that Ctrl-C ends: for standard output and standard
 * error, and for outlets. */
#ifndef HOST_WINDOWS_FLOW_H
#define HOST_WINDOWS_FLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <windows.h>

/* The kind of what is written to depends on the program that started this one. Only a plain write
 * works with every kind, and a thread in it can wait for nothing else. So a thread writes, and the
 * caller waits for it. Starts as all zeros. */
typedef struct host_flow {
    bool is_ready;
    HANDLE target;
    HANDLE thread; /* NULL: a write waits for nobody */

    /* Private. */
    bool is_given_up;
    HANDLE work;         /* set when there is something to write, or nothing more will be */
    HANDLE done;         /* set when it has been written, or cannot be */
    uint64_t give_up_ns; /* the end of the grace; 0: it has not begun */

    /* The thread's between work and done, else the other's. */
    bool is_over;
    char *bytes;
    size_t capacity;
    size_t count;
    DWORD code; /* 0: all has been written */
} host_flow;

/* Takes a handle, which stays the caller's. */
void host_flow_begin(host_flow *f, HANDLE target);

/* Writes all bytes. Returns 0; ERROR_CANCELLED: the user has asked to stop, and nothing gets
 * through any more; another code, which host_flow_is_unread knows when nobody reads any more. */
DWORD host_flow_write(host_flow *f, const void *bytes, size_t count);

bool host_flow_is_unread(DWORD code);

/* Ends the thread. A write that was given up may keep it, and what it needs, until the process
 * ends: false, and the handle has to stay open. */
bool host_flow_end(host_flow *f);

#endif
