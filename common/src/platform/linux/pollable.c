/* Source: eventfd(2), ppoll(2), signal-safety(7). */
#define _GNU_SOURCE
#include "platform/pollable.h"

#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <frameferry/clock.h>

#include "support/error.h"

ferry_status ferryi_pollable_open(ferryi_pollable *out, ferry_error *error) {
    int descriptor = eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK);
    if (descriptor < 0)
        return ferryi_fail_errno(error, errno, "cannot make a descriptor for an event loop");
    out->handle = descriptor;
    return FERRY_OK;
}

void ferryi_pollable_set(const ferryi_pollable *pollable) {
    static const uint64_t one = 1;
    int saved = errno;
    /* It fails only when the count cannot go up: then the bell is rung as well. */
    ssize_t written = write((int)pollable->handle, &one, sizeof one);
    (void)written;
    errno = saved;
}

bool ferryi_pollable_clear(const ferryi_pollable *pollable) {
    uint64_t rings;
    return read((int)pollable->handle, &rings, sizeof rings) == (ssize_t)sizeof rings;
}

void ferryi_pollable_wait(const ferryi_pollable *pollable, int64_t timeout_ns) {
    struct timespec timeout = {.tv_sec = (time_t)(timeout_ns / FERRY_SECOND_NS),
                               .tv_nsec = (long)(timeout_ns % FERRY_SECOND_NS)};
    struct pollfd wanted = {.fd = (int)pollable->handle, .events = POLLIN};
    ppoll(&wanted, 1, &timeout, NULL);
}

void ferryi_pollable_close(ferryi_pollable *pollable) {
    close((int)pollable->handle);
    pollable->handle = -1;
}
