/* Source: open(2), fifo(7), ftruncate(2), fsync(2). */
#define _GNU_SOURCE /* ftruncate under -std=c11 */
#include "host/outlet.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/linux/flow.h"
#include "support/error.h"

struct host_outlet {
    host_flow flow;
    const char *path; /* NULL: standard output */
    bool is_file;     /* a regular one, opened here */
    bool is_new;      /* which was not there before */
    uint64_t written; /* bytes */
    uint64_t whole;   /* of these, up to the last mark */
};

static const char *name_of(const host_outlet *o) {
    return o->path != NULL ? o->path : "standard output";
}

/* Opens a FIFO, a device or a file that is there, without waiting for a reader. Returns a
 * descriptor, or -1 with errno. */
static int open_existing(const char *path) {
    return open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

/* No reader has a FIFO open. Nothing tells when one comes: it waits for this program in open(2)
 * until then. */
static bool lacks_reader(const char *path, int code) {
    struct stat found;
    return code == ENXIO && stat(path, &found) == 0 && S_ISFIFO(found.st_mode);
}

/* Returns a descriptor, or -1 with errno. */
static int open_path(host_outlet *o, bool may_replace) {
    struct stat found;
    int descriptor =
        open(o->path, O_WRONLY | O_CREAT | O_EXCL | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0666);
    o->is_new = o->is_file = descriptor >= 0;
    if (descriptor >= 0 || errno != EEXIST)
        return descriptor;
    descriptor = open_existing(o->path);
    if (descriptor < 0 || fstat(descriptor, &found) != 0 || !S_ISREG(found.st_mode))
        return descriptor;
    o->is_file = true;
    if (may_replace)
        return descriptor;
    close(descriptor);
    errno = EEXIST;
    return -1;
}

static ferry_status refuse(const char *path, int code, ferry_error *error) {
    if (lacks_reader(path, code))
        return ferryi_fail(error, FERRY_TIMEOUT, 0, "nobody reads %.400s", path);
    if (code == EEXIST)
        return ferryi_fail(error, FERRY_BUSY, code, "%.400s exists, and is not replaced", path);
    return ferryi_fail_errno(error, code, "cannot write %.400s", path);
}

ferry_status host_open_outlet(host_outlet **out, const char *path, bool may_replace,
                              ferry_error *error) {
    host_outlet *o = calloc(1, sizeof *o);
    if (o == NULL)
        return ferryi_fail(error, FERRY_NO_MEMORY, 0, "out of memory");
    o->path = path;
    if (path == NULL) {
        host_flow_begin(&o->flow, STDOUT_FILENO);
    } else {
        int descriptor = open_path(o, may_replace);
        if (descriptor < 0) {
            ferry_status status = refuse(path, errno, error);
            free(o);
            return status;
        }
        host_flow_begin_own(&o->flow, descriptor);
    }
    host_flow_widen(o->flow.descriptor);
    *out = o;
    return FERRY_OK;
}

host_outlet_kind host_kind_of_outlet(const host_outlet *outlet) {
    if (outlet->flow.is_terminal)
        return HOST_OUTLET_TERMINAL;
    return outlet->flow.kind == HOST_FLOW_FILE ? HOST_OUTLET_FILE : HOST_OUTLET_PIPE;
}

/* Empties an older file right before its first byte is written. Returns 0 or an errno. */
static int empty(const host_outlet *o) {
    return o->is_file && !o->is_new && o->written == 0 && ftruncate(o->flow.descriptor, 0) != 0
               ? errno
               : 0;
}

ferry_status host_write_outlet(host_outlet *outlet, const void *bytes, size_t count,
                               ferry_error *error) {
    int code = empty(outlet);
    outlet->written += count;
    if (code == 0)
        code = host_flow_write(&outlet->flow, bytes, count);
    if (code == 0)
        return FERRY_OK;
    if (code == EINTR)
        return ferryi_fail(error, FERRY_INTERRUPTED, 0, "stopped while nobody read %.400s",
                           name_of(outlet));
    ferry_status status = ferryi_fail_errno(error, code, "cannot write to %.400s", name_of(outlet));
    bool is_gone = code == EPIPE || (code == ECONNRESET && outlet->flow.kind == HOST_FLOW_SOCKET);
    return is_gone ? FERRY_END_OF_STREAM : status;
}

void host_mark_outlet(host_outlet *outlet) {
    outlet->whole = outlet->written;
}

bool host_outlet_has_lost_reader(const host_outlet *outlet) {
    return host_flow_has_lost_reader(outlet->flow.descriptor);
}

/* Only what this process has made, and not what has taken its name since. */
static void remove_new(const host_outlet *o) {
    struct stat own, named;
    if (fstat(o->flow.descriptor, &own) == 0 && lstat(o->path, &named) == 0 &&
        own.st_dev == named.st_dev && own.st_ino == named.st_ino)
        unlink(o->path);
}

/* Returns 0 or an errno. */
static int end_file(const host_outlet *o) {
    int code = 0;
    if (o->whole == 0 && o->is_new) {
        remove_new(o);
        return 0;
    }
    if (o->whole != o->written && ftruncate(o->flow.descriptor, (off_t)o->whole) != 0)
        code = errno;
    /* Some file systems have nothing to flush to. */
    while (fsync(o->flow.descriptor) != 0 && code == 0)
        if (errno == EINVAL || errno == ENOTSUP || errno == EROFS)
            break;
        else if (errno != EINTR)
            code = errno;
    return code;
}

ferry_status host_close_outlet(host_outlet **outlet, ferry_error *error) {
    host_outlet *o = *outlet;
    *outlet = NULL;
    if (o == NULL)
        return FERRY_OK;
    int code = o->is_file ? end_file(o) : 0;
    if (o->flow.descriptor != STDOUT_FILENO && close(o->flow.descriptor) != 0 && code == 0 &&
        errno != EINTR)
        code = errno;
    ferry_status status =
        code == 0 ? FERRY_OK : ferryi_fail_errno(error, code, "cannot write %.400s", name_of(o));
    free(o);
    return status;
}
