#define _GNU_SOURCE /* pipe2, ppoll, F_SETPIPE_SZ */
#include "platform/child_pipe.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <frameferry/clock.h>

#include "platform/linux/quiet.h"
#include "support/error.h"

/* Linux allows this to every user, unless its administrator has changed that. A frame goes through
 * in few pieces. */
#define PIPE_BYTES (1 << 20)

struct ferryi_child_pipe {
    int reading; /* -1: closed */
    int writing; /* does not block */
};

/* Returns 0 or an errno. */
static int make_pipe(ferryi_child_pipe *pipe) {
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
    pipe->reading = ends[0];
    pipe->writing = ends[1];
    return 0;
}

ferry_status ferryi_child_pipe_open(ferryi_child_pipe **out, const char *command,
                                    ferry_error *error) {
    ferryi_child_pipe *pipe = malloc(sizeof *pipe);
    int code = pipe != NULL ? make_pipe(pipe) : ENOMEM;
    if (code != 0) {
        free(pipe);
        return ferryi_fail(error, code == ENOMEM ? FERRY_NO_MEMORY : FERRY_SYSTEM_ERROR, code,
                           "cannot start \"%s\": %s", command, strerror(code));
    }
    *out = pipe;
    return FERRY_OK;
}

intptr_t ferryi_child_pipe_reading(const ferryi_child_pipe *pipe) {
    return pipe->reading;
}

void ferryi_child_pipe_close_reading(ferryi_child_pipe *pipe) {
    close(pipe->reading);
    pipe->reading = -1;
}

ferry_status ferryi_child_pipe_write(ferryi_child_pipe *pipe, const void *bytes, size_t count,
                                     size_t *some) {
    unsigned quiet = ferryi_quiet_begin(SIGPIPE);
    ssize_t result = write(pipe->writing, bytes, count);
    int code = result < 0 ? errno : 0;
    ferryi_quiet_end(SIGPIPE, quiet, code == EPIPE);
    if (result > 0) {
        *some = (size_t)result;
        return FERRY_OK;
    }
    if (code == EPIPE)
        return FERRY_END_OF_STREAM;
    return code == 0 || code == EAGAIN ? FERRY_FULL : FERRY_SYSTEM_ERROR;
}

ferry_status ferryi_child_pipe_await(const ferryi_child_pipe *pipe, intptr_t process,
                                     int64_t limit_ns) {
    struct timespec limit = {.tv_sec = (time_t)(limit_ns / FERRY_SECOND_NS),
                             .tv_nsec = (long)(limit_ns % FERRY_SECOND_NS)};
    struct pollfd news[] = {{.fd = pipe->writing, .events = POLLOUT},
                            {.fd = (int)process, .events = POLLIN}};
    if (ppoll(news, 2, &limit, NULL) < 0)
        return errno == EINTR ? FERRY_INTERRUPTED : FERRY_SYSTEM_ERROR;
    return news[0].revents != 0 ? FERRY_OK : FERRY_TIMEOUT;
}

void ferryi_child_pipe_close(ferryi_child_pipe *pipe) {
    if (pipe->reading >= 0)
        close(pipe->reading);
    close(pipe->writing);
    free(pipe);
}
