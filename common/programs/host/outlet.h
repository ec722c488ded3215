/* Where a stream of bytes goes: standard output, a FIFO, a device, or a file. */
#ifndef HOST_OUTLET_H
#define HOST_OUTLET_H

#include <stdbool.h>
#include <stddef.h>

#include <frameferry/status.h>

/* Used by one thread at a time. */
typedef struct host_outlet host_outlet;

typedef enum host_outlet_kind {
    HOST_OUTLET_FILE, /* or a device: writing waits for nobody who reads */
    HOST_OUTLET_PIPE, /* or a socket: somebody reads, or will */
    HOST_OUTLET_TERMINAL
} host_outlet_kind;

/* Opens what a path names, or takes standard output (NULL), which stays open for others. Does not
 * wait, neither here nor in a later write, for what Ctrl-C could not end. path has to be there
 * until the outlet is closed. The buffer of a pipe becomes larger where the system allows it.
 *
 * A file gets its name at once, so that it can be read while it grows, and a recording of hours is
 * not lost with the process. One that exists is taken only with may_replace, and keeps its content
 * until the first byte is written.
 *
 * Returns FERRY_OK. FERRY_TIMEOUT: nobody reads this FIFO yet; to be tried again. FERRY_BUSY: there
 * is a file, which may not be replaced. FERRY_NOT_ALLOWED, FERRY_NO_SPACE, FERRY_NO_MEMORY,
 * FERRY_SYSTEM_ERROR (a directory, for example). Source: open(2), fifo(7). */
ferry_status host_open_outlet(host_outlet **out, const char *path, bool may_replace,
                              ferry_error *error);

host_outlet_kind host_kind_of_outlet(const host_outlet *outlet);

/* Writes all bytes, as host_write does. Returns as that, and FERRY_END_OF_STREAM: nobody reads any
 * more. */
ferry_status host_write_outlet(host_outlet *outlet, const void *bytes, size_t count,
                               ferry_error *error);

/* Says that what has been written so far is whole. A file that was opened here ends there if a
 * later write fails. */
void host_mark_outlet(host_outlet *outlet);

/* Whether nobody reads a pipe, a socket or a terminal any more. False on Windows, where only a
 * write could tell. Source: poll(2). */
bool host_outlet_has_lost_reader(const host_outlet *outlet);

/* Ends a file behind the last mark, flushes it to the disk and closes it. A new file without a mark
 * is removed. Returns FERRY_OK; FERRY_SYSTEM_ERROR and the like: it could not be flushed, and is
 * closed all the same. *outlet becomes NULL; NULL is accepted. */
ferry_status host_close_outlet(host_outlet **outlet, ferry_error *error);

#endif
