/* Source: poll(2), pipe(7), send(2), and "Magic links" in symlink(7). */
#define _GNU_SOURCE /* PIPE_BUF, F_SETPIPE_SZ and TIOCGPTN under -std=c11 */
#include "host/linux/flow.h"

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
#include "host/output.h"
#include "host/stop.h"
#include "platform/linux/fd_path.h"

#define MS_NS (FERRY_SECOND_NS / 1000)
/* For a terminal that has room, but not for the two characters of a line end. */
#define PAUSE_MS 10
/* With ffmpeg at 1920 x 1080 a pipe of this size carried twice as much as one of 64 KiB. */
#define PIPE_BYTES (1 << 20) /* /proc/sys/fs/pipe-max-size */

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

void host_flow_begin(host_flow *f, int descriptor) {
    struct stat found;
    *f = (host_flow){.kind = HOST_FLOW_FILE, .descriptor = descriptor};
    if (fstat(descriptor, &found) != 0)
        return;
    f->is_terminal = isatty(descriptor) == 1;
    if (S_ISSOCK(found.st_mode)) {
        f->kind = HOST_FLOW_SOCKET;
    } else if (S_ISFIFO(found.st_mode) || f->is_terminal) {
        int own = open_anew(descriptor, &found);
        f->kind = HOST_FLOW_PIPE;
        f->may_block = own < 0;
        f->descriptor = own < 0 ? descriptor : own;
    }
}

void host_flow_begin_own(host_flow *f, int descriptor) {
    struct stat found;
    *f = (host_flow){.kind = HOST_FLOW_FILE, .descriptor = descriptor};
    f->is_terminal = isatty(descriptor) == 1;
    if (f->is_terminal || (fstat(descriptor, &found) == 0 && S_ISFIFO(found.st_mode)))
        f->kind = HOST_FLOW_PIPE;
}

/* How long poll may wait; without a stop, there is no limit. */
static int limit_ms(const host_flow *f, bool is_stopped) {
    if (!is_stopped)
        return -1;
    uint64_t now_ns = ferry_clock_ns();
    if (f->give_up_ns <= now_ns) /* also when the grace has not begun: is there room now? */
        return 0;
    return (int)((f->give_up_ns - now_ns) / (uint64_t)MS_NS) + 1;
}

/* Waits until something fits, or a write tells what is wrong. Returns 0, EINTR when the user has
 * asked to stop and the grace is over, or another errno. */
static int await_room(host_flow *f) {
    for (;;) {
        struct pollfd waits[] = {{.fd = f->descriptor, .events = POLLOUT},
                                 {.fd = host_stop_descriptor(), .events = POLLIN}};
        bool is_stopped = host_stop_count() > 0;
        int count = poll(waits, is_stopped ? 1 : 2, limit_ms(f, is_stopped));
        if (count > 0 && waits[0].revents != 0)
            return 0;
        if (count < 0 && errno != EINTR)
            return errno;
        if (count != 0 || !is_stopped)
            continue;
        if (f->give_up_ns != 0)
            return EINTR;
        f->give_up_ns = ferry_clock_ns() + HOST_OUTPUT_GRACE_NS;
    }
}

static ssize_t write_some(const host_flow *f, const char *bytes, size_t count) {
    if (f->kind == HOST_FLOW_SOCKET)
        return send(f->descriptor, bytes, count, MSG_DONTWAIT | MSG_NOSIGNAL);
    /* This much fits a pipe that poll has found room in. */
    if (f->may_block && count > PIPE_BUF)
        count = PIPE_BUF;
    return write(f->descriptor, bytes, count);
}

/* Decides what a failed write means. Returns 0 to try again, or an errno. */
static int judge(host_flow *f, int code) {
    if (code == EINTR)
        return 0;
    if (f->kind == HOST_FLOW_FILE)
        return code;
    if (code == EAGAIN || code == EWOULDBLOCK) {
        if (f->is_full) /* although poll has found room */
            nanosleep(&(struct timespec){.tv_nsec = PAUSE_MS * (long)MS_NS}, NULL);
        f->is_full = true;
        return 0;
    }
    if (code == EIO && f->is_terminal) {
        /* It is gone, which shows a moment before the signal comes that tells us to stop. */
        if (host_stop_descriptor() >= 0 &&
            host_sleep_until(ferry_clock_ns() + HOST_OUTPUT_GRACE_NS))
            code = EINTR;
        f->code = code;
    } else if (code == EPIPE && host_stop_count() > 0) {
        /* The user who asked us to stop may have asked the reader too. */
        code = f->code = EINTR;
    }
    return code;
}

int host_flow_write(host_flow *f, const void *bytes, size_t count) {
    const char *at = bytes;
    int code = f->code;
    while (count > 0 && code == 0) {
        code = f->may_block || f->is_full ? await_room(f) : 0;
        if (code == EINTR)
            f->code = code; /* what comes now would stand behind a gap */
        if (code != 0)
            break;
        ssize_t done = write_some(f, at, count);
        if (done < 0) {
            code = judge(f, errno);
            continue;
        }
        f->is_full = false;
        at += done;
        count -= (size_t)done;
    }
    return code;
}

void host_flow_widen(int descriptor) {
    int bytes = fcntl(descriptor, F_GETPIPE_SZ); /* -1: it is no pipe */
    if (bytes >= 0 && bytes < PIPE_BYTES)
        fcntl(descriptor, F_SETPIPE_SZ, PIPE_BYTES);
}

bool host_flow_has_lost_reader(int descriptor) {
    struct stat found;
    struct pollfd wait = {.fd = descriptor, .events = POLLOUT};
    return fstat(descriptor, &found) == 0 && !S_ISREG(found.st_mode) && poll(&wait, 1, 0) > 0 &&
           (wait.revents & (POLLERR | POLLHUP)) != 0;
}
