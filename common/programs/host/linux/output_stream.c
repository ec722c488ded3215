/* Standard output and standard error. Source: poll(2), pipe(7), send(2), and "Magic links" in
 * symlink(7). */
#define _GNU_SOURCE /* PIPE_BUF and TIOCGPTN under -std=c11 */
#include "host/output.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <frameferry/clock.h>

#include "host/linux/stop.h"
#include "host/stop.h"
#include "platform/linux/fd_path.h"
#include "support/error.h"

#define MS_NS (FERRY_SECOND_NS / 1000)
/* For a terminal that has room, but not for the two characters of a line end. */
#define PAUSE_MS 10

typedef enum kind {
    KIND_UNKNOWN,
    KIND_FILE, /* a write waits for the disk alone */
    KIND_PIPE, /* or a terminal: a write waits for a reader */
    KIND_SOCKET
} kind;

typedef struct output {
    kind kind;
    bool is_terminal;
    int descriptor;
    bool may_block;      /* the descriptor is one that others have too */
    bool is_full;        /* nothing fitted at the last write */
    uint64_t give_up_ns; /* the end of the grace; 0: it has not begun */
    int code;            /* why nothing gets through any more, EINTR: it was given up; 0: it may */
} output;

static output outputs[2];

/* A blocking write of more than fits does not come back before somebody reads, and O_NONBLOCK on
 * the description that was inherited would be there for all programs that have it. So the pipe or
 * terminal is opened anew. The master of a terminal would become another one. */
static int open_anew(int standard, const struct stat *found) {
    char path[FERRYI_FD_PATH_BYTES];
    unsigned number;
    struct stat own_found;
    if (ioctl(standard, TIOCGPTN, &number) == 0)
        return -1;
    ferryi_fd_path(path, standard);
    int own = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (own < 0)
        return -1;
    if (fstat(own, &own_found) == 0 && own_found.st_dev == found->st_dev &&
        own_found.st_ino == found->st_ino)
        return own;
    close(own);
    return -1;
}

static void prepare(output *o, int standard) {
    struct stat found;
    *o = (output){.kind = KIND_FILE, .descriptor = standard};
    if (fstat(standard, &found) != 0)
        return;
    o->is_terminal = isatty(standard) == 1;
    if (S_ISSOCK(found.st_mode)) {
        o->kind = KIND_SOCKET;
    } else if (S_ISFIFO(found.st_mode) || o->is_terminal) {
        int own = open_anew(standard, &found);
        o->kind = KIND_PIPE;
        o->may_block = own < 0;
        o->descriptor = own < 0 ? standard : own;
    }
}

/* How long poll may wait; without a stop, there is no limit. */
static int limit_ms(const output *o, bool is_stopped) {
    if (!is_stopped)
        return -1;
    uint64_t now_ns = ferry_clock_ns();
    if (o->give_up_ns <= now_ns) /* also when the grace has not begun: is there room now? */
        return 0;
    return (int)((o->give_up_ns - now_ns) / (uint64_t)MS_NS) + 1;
}

/* Waits until something fits, or a write tells what is wrong. Returns 0, EINTR when the user has
 * asked to stop and the grace is over, or another errno. */
static int await_room(output *o) {
    for (;;) {
        struct pollfd waits[] = {{.fd = o->descriptor, .events = POLLOUT},
                                 {.fd = host_stop_descriptor(), .events = POLLIN}};
        bool is_stopped = host_stop_count() > 0;
        int count = poll(waits, is_stopped ? 1 : 2, limit_ms(o, is_stopped));
        if (count > 0 && waits[0].revents != 0)
            return 0;
        if (count < 0 && errno != EINTR)
            return errno;
        if (count != 0 || !is_stopped)
            continue;
        if (o->give_up_ns != 0)
            return EINTR;
        o->give_up_ns = ferry_clock_ns() + HOST_OUTPUT_GRACE_NS;
    }
}

static ssize_t write_some(const output *o, const char *bytes, size_t count) {
    if (o->kind == KIND_SOCKET)
        return send(o->descriptor, bytes, count, MSG_DONTWAIT | MSG_NOSIGNAL);
    /* This much fits a pipe that poll has found room in. */
    if (o->may_block && count > PIPE_BUF)
        count = PIPE_BUF;
    return write(o->descriptor, bytes, count);
}

/* Decides what a failed write means. Returns 0 to try again, or an errno. */
static int judge(output *o, int code) {
    if (code == EINTR)
        return 0;
    if (o->kind == KIND_FILE)
        return code;
    if (code == EAGAIN || code == EWOULDBLOCK) {
        if (o->is_full) /* although poll has found room */
            nanosleep(&(struct timespec){.tv_nsec = PAUSE_MS * (long)MS_NS}, NULL);
        o->is_full = true;
        return 0;
    }
    if (code == EIO && o->is_terminal) {
        /* It is gone, which shows a moment before the signal comes that tells us to stop. */
        if (host_stop_descriptor() >= 0 &&
            host_sleep_until(ferry_clock_ns() + HOST_OUTPUT_GRACE_NS))
            code = EINTR;
        o->code = code;
    } else if (code == EPIPE && host_stop_count() > 0) {
        /* The user who asked us to stop may have asked the reader too. */
        code = o->code = EINTR;
    }
    return code;
}

ferry_status host_output_write(host_stream stream, const char *name, const void *bytes,
                               size_t count, ferry_error *error) {
    bool is_error = stream == HOST_STREAM_ERROR;
    output *o = &outputs[is_error];
    const char *at = bytes;
    if (o->kind == KIND_UNKNOWN)
        prepare(o, is_error ? STDERR_FILENO : STDOUT_FILENO);
    int code = o->code;
    while (count > 0 && code == 0) {
        code = o->may_block || o->is_full ? await_room(o) : 0;
        if (code == EINTR)
            o->code = code; /* what comes now would stand behind a gap */
        if (code != 0)
            break;
        ssize_t done = write_some(o, at, count);
        if (done < 0) {
            code = judge(o, errno);
            continue;
        }
        o->is_full = false;
        at += done;
        count -= (size_t)done;
    }
    if (code == 0)
        return FERRY_OK;
    if (code == EINTR)
        return FERRY_INTERRUPTED;
    return ferryi_fail_errno(error, code, "cannot write to %s", name);
}
