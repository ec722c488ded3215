/* Standard input, and files that are read in the same way. */
#define _GNU_SOURCE /* F_DUPFD_CLOEXEC under -std=c11 */
#include "host/input.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "host/linux/flow.h"
#include "host/linux/stop.h"
#include "host/stop.h"
#include "support/error.h"

/* Bounds a read, so that a stop is noticed while a large frame is read from a slow disk. */
#define READ_MAX ((size_t)4 << 20)

struct host_input {
    int descriptor;
    int interrupted;  /* an eventfd, which stays readable once that has been asked for */
    const char *name; /* for sentences */
};

/* A copy of standard input that children do not get, and the null device in its place. */
static int take_input(void) {
    int copy = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (copy >= 0 && (null < 0 || dup2(null, STDIN_FILENO) < 0)) {
        int code = errno;
        close(copy);
        copy = -1;
        errno = code;
    }
    if (null >= 0)
        close(null);
    return copy;
}

/* A FIFO is open at once, also without a writer; poll then waits for the first one. */
static int open_path(const char *path) {
    return open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
}

/* Takes over a descriptor, -1 with errno when there is none. */
static ferry_status open_input(host_input **out, const char *name, const char *path,
                               ferry_error *error) {
    host_input *input = malloc(sizeof *input);
    if (input == NULL)
        return ferryi_fail_errno(error, ENOMEM, "cannot read %s", name);
    *input = (host_input){.descriptor = -1, .name = name};
    input->interrupted = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (input->interrupted >= 0)
        input->descriptor = path == NULL ? take_input() : open_path(path);
    if (input->descriptor < 0) {
        ferry_status status = ferryi_fail_errno(error, errno, "cannot read %s", name);
        host_close_input(&input);
        return status;
    }
    host_flow_widen(input->descriptor);
    *out = input;
    return FERRY_OK;
}

ferry_status host_open_input(host_input **out, ferry_error *error) {
    return open_input(out, "standard input", NULL, error);
}

ferry_status host_open_input_file(host_input **out, const char *path, ferry_error *error) {
    return open_input(out, path, path, error);
}

/* Waits until there is something to read, or the end. A signal is counted first and then leaves its
 * byte in the pipe, so that one that comes just before poll is not missed. Returns 0, EINTR when
 * reading is interrupted, ETIME when nothing came within limit_ms milliseconds (-1: no limit), or
 * another errno. */
static int await_input(const host_input *input, int limit_ms) {
    struct pollfd waits[] = {{.fd = input->descriptor, .events = POLLIN},
                             {.fd = input->interrupted, .events = POLLIN},
                             {.fd = host_stop_descriptor(), .events = POLLIN}};
    for (;;) {
        int count = poll(waits, 3, limit_ms);
        if (count < 0 && errno != EINTR)
            return errno;
        if (host_stop_count() > 0 || (count > 0 && waits[1].revents != 0))
            return EINTR;
        if (count >= 0)
            return count > 0 ? 0 : ETIME;
    }
}

ferry_status host_await_input(const host_input *input, int limit_ms) {
    switch (await_input(input, limit_ms)) {
    case EINTR: return FERRY_INTERRUPTED;
    case ETIME: return FERRY_TIMEOUT;
    default: return FERRY_OK; /* reading says what is wrong */
    }
}

ferry_status host_read_input(host_input *input, void *bytes, size_t count, size_t *got,
                             ferry_error *error) {
    for (;;) {
        int code = await_input(input, -1);
        if (code == EINTR)
            return FERRY_INTERRUPTED;
        if (code != 0)
            return ferryi_fail_errno(error, code, "cannot read %s", input->name);
        ssize_t taken = read(input->descriptor, bytes, count < READ_MAX ? count : READ_MAX);
        if (taken > 0) {
            *got = (size_t)taken;
            return FERRY_OK;
        }
        if (taken == 0)
            return FERRY_END_OF_STREAM;
        if (errno != EINTR && errno != EAGAIN && errno != EWOULDBLOCK)
            return ferryi_fail_errno(error, errno, "cannot read %s", input->name);
    }
}

ferry_status host_rewind_input(host_input *input, ferry_error *error) {
    if (lseek(input->descriptor, 0, SEEK_SET) == 0)
        return FERRY_OK;
    return ferryi_fail_errno(error, errno, "cannot read %s once more", input->name);
}

void host_interrupt_input(host_input *input) {
    eventfd_write(input->interrupted, 1);
}

void host_close_input(host_input **input) {
    if (*input == NULL)
        return;
    if ((*input)->descriptor >= 0)
        close((*input)->descriptor);
    if ((*input)->interrupted >= 0)
        close((*input)->interrupted);
    free(*input);
    *input = NULL;
}
