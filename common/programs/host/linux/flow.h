/* Bytes on their way to a descriptor, in a way that Ctrl-C ends: for standard output and standard
 * error, and for outlets. */
#ifndef HOST_LINUX_FLOW_H
#define HOST_LINUX_FLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum host_flow_kind {
    HOST_FLOW_UNKNOWN,
    HOST_FLOW_FILE, /* or a device: a write waits for the disk alone */
    HOST_FLOW_PIPE, /* or a terminal: a write waits for a reader */
    HOST_FLOW_SOCKET
} host_flow_kind;

/* Starts as all zeros. */
typedef struct host_flow {
    host_flow_kind kind;
    bool is_terminal;
    int descriptor;

    /* Private. */
    bool may_block;      /* the descriptor is one that others have too */
    bool is_full;        /* nothing fitted at the last write */
    uint64_t give_up_ns; /* the end of the grace; 0: it has not begun */
    int code;            /* why nothing gets through any more, EINTR: it was given up; 0: it may */
} host_flow;

/* Takes a descriptor, which stays open for others, and may be shared with other programs. */
void host_flow_begin(host_flow *f, int descriptor);

/* Takes a descriptor that this process alone has, with O_NONBLOCK. */
void host_flow_begin_own(host_flow *f, int descriptor);

/* Writes all bytes. Returns 0; EINTR: the user has asked to stop, and nothing gets through any
 * more; another errno, which is EPIPE when nobody reads any more. */
int host_flow_write(host_flow *f, const void *bytes, size_t count);

/* Makes the buffer of a pipe as large as Linux allows every user, 1 MiB: one of 64 KiB makes writer
 * and reader wake one another all the time. Nothing happens where it is no pipe, or the system
 * refuses. */
void host_flow_widen(int descriptor);

/* Whether a pipe, a socket or a terminal has nobody who reads any more. */
bool host_flow_has_lost_reader(int descriptor);

#endif
