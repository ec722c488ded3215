#define _GNU_SOURCE /* pipe2, ppoll, F_SETPIPE_SZ */
#include <frameferry/clock.h>

#include "platform/linux/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <time.h>
#include <unistd.h>

#include "platform/linux/quiet.h"
#include "support/deadline.h"

/* What Linux allows every user, unless its administrator has changed that: a frame goes through in
 * few pieces. */
#define PIPE_BYTES (1 << 20)

int ferryi_child_make_pipe(int *reading, int *writing) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return errno;
    /* The ends are open files of their own: the child's goes on blocking, as programs expect. */
    if (fcntl(ends[1], F_SETFL, O_NONBLOCK) != 0) {
        int code = errno;
        close(ends[0]);
        close(ends[1]);
        return code;
    }
#ifdef F_SETPIPE_SZ
    /* When it is not allowed, the usual size does. */
    fcntl(ends[1], F_SETPIPE_SZ, PIPE_BYTES);
#endif
    *reading = ends[0];
    *writing = ends[1];
    return 0;
}

/* Returns the number of bytes, or a negative errno. */
static ssize_t write_quietly(int descriptor, const uint8_t *bytes, size_t count) {
    unsigned quiet = ferryi_quiet_begin(SIGPIPE);
    ssize_t result = write(descriptor, bytes, count);
    if (result < 0)
        result = -errno;
    ferryi_quiet_end(SIGPIPE, quiet, result == -EPIPE);
    return result;
}

/* Sleeps until the pipe has room or the child has ended. */
static ferry_status await_room(ferry_child *child, uint64_t deadline_ns) {
    int64_t left_ns = ferryi_deadline_left(
        deadline_ns, child->descriptor < 0 ? FERRYI_CHILD_LOOK_INTERVAL_NS : FERRY_FOREVER);
    struct timespec limit = {.tv_sec = (time_t)(left_ns / FERRY_SECOND_NS),
                             .tv_nsec = (long)(left_ns % FERRY_SECOND_NS)};
    struct pollfd news[] = {{.fd = child->input, .events = POLLOUT},
                            {.fd = child->descriptor, .events = POLLIN}};
    int count = ppoll(news, 2, &limit, NULL);
    if (count < 0)
        return errno == EINTR ? FERRY_INTERRUPTED : FERRY_SYSTEM_ERROR;
    if (news[0].revents != 0)
        return FERRY_OK;
    /* Something that the child has started may keep the pipe open and never read it. */
    if (child->ended || ferryi_child_look(child) != FERRY_TIMEOUT)
        return FERRY_END_OF_STREAM;
    return left_ns == 0 ? FERRY_TIMEOUT : FERRY_OK;
}

static ferry_status write_all(ferry_child *child, const uint8_t *bytes, size_t count,
                              uint64_t deadline_ns, size_t *written) {
    while (*written < count) {
        ssize_t n = write_quietly(child->input, bytes + *written, count - *written);
        if (n > 0) {
            *written += (size_t)n;
            continue;
        }
        if (n == -EPIPE)
            return FERRY_END_OF_STREAM;
        if (n < 0 && n != -EAGAIN)
            return FERRY_SYSTEM_ERROR;
        ferry_status status = await_room(child, deadline_ns);
        if (status != FERRY_OK)
            return status;
    }
    return FERRY_OK;
}

ferry_status ferry_child_write(ferry_child *child, const void *bytes, size_t count,
                               int64_t timeout_ns, size_t *written) {
    size_t done = 0;
    ferry_status status = FERRY_INVALID_ARGUMENT;
    if (child != NULL && bytes != NULL && timeout_ns >= 0 && child->input >= 0)
        status = write_all(child, bytes, count, ferryi_deadline(timeout_ns), &done);
    if (written != NULL)
        *written = done;
    return status;
}

void ferry_child_close_input(ferry_child *child) {
    if (child == NULL || child->input < 0)
        return;
    close(child->input);
    child->input = -1;
}
