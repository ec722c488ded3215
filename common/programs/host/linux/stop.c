#define _GNU_SOURCE /* ppoll, pipe2 */
#include "host/stop.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <time.h>
#include <unistd.h>

#include <frameferry/clock.h>

#include "host/linux/stop.h"
#include "support/error.h"

#define STOPS_UNTIL_EXIT 3

/* A signal handler gets no argument, so its data lies here; written before the handler is
 * installed.
 */
static struct {
    void (*notify)(void *argument);
    void *argument;
    int pipe_read;
    int pipe_write;
} stop = {.pipe_read = -1, .pipe_write = -1};
static atomic_int stop_count;
static void (*_Atomic forced_end)(void); /* called before the third request ends the process */
static atomic_bool has_hung_up;

int host_stop_descriptor(void) {
    return stop.pipe_read;
}

void host_stop_restores(void (*restore)(void)) {
    atomic_store(&forced_end, restore);
}

static void end_at_once(int code) {
    void (*restore)(void) = atomic_load(&forced_end);
    if (restore != NULL)
        restore();
    _exit(code);
}

static void on_stop(int signal_number) {
    int saved = errno;
    /* The kernel, the shell and the session may all tell of one terminal that goes away: that is
     * no user who does not want to wait. */
    if (signal_number == SIGHUP && atomic_exchange(&has_hung_up, true))
        return;
    if (atomic_fetch_add(&stop_count, 1) + 1 >= STOPS_UNTIL_EXIT)
        end_at_once(128 + signal_number);
    /* The byte stays in the pipe: a stop is not taken back, and every later sleep has to
     * end at once, also one that was about to begin when the signal came. */
    ssize_t written = write(stop.pipe_write, "", 1);
    (void)written;
    if (stop.notify != NULL)
        stop.notify(stop.argument);
    errno = saved;
}

/* Under nohup(1) it is ignored, and stays so. */
static bool catch_hang_up(const struct sigaction *action) {
    struct sigaction before;
    return sigaction(SIGHUP, NULL, &before) == 0 &&
           (before.sa_handler == SIG_IGN || sigaction(SIGHUP, action, NULL) == 0);
}

ferry_status host_catch_stop(void (*notify)(void *argument), void *argument, ferry_error *error) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
        return ferryi_fail_errno(error, errno, "cannot make a pipe to notice Ctrl-C with");
    stop.notify = notify;
    stop.argument = argument;
    stop.pipe_read = ends[0];
    stop.pipe_write = ends[1];

    /* SA_RESTART: reading an image must not fail because of Ctrl-C. Calls that may block for long
     * do not depend on EINTR: they are told through notify or the pipe. */
    struct sigaction action = {.sa_handler = on_stop, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaddset(&action.sa_mask, SIGINT);
    sigaddset(&action.sa_mask, SIGTERM);
    sigaddset(&action.sa_mask, SIGHUP);
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigemptyset(&ignore.sa_mask);
    struct sigaction usual = {.sa_handler = SIG_DFL};
    sigemptyset(&usual.sa_mask);
    if (sigaction(SIGINT, &action, NULL) != 0 || sigaction(SIGTERM, &action, NULL) != 0 ||
        !catch_hang_up(&action) || sigaction(SIGPIPE, &ignore, NULL) != 0 ||
        sigaction(SIGXFSZ, &ignore, NULL) != 0 || sigaction(SIGCHLD, &usual, NULL) != 0)
        return ferryi_fail_errno(error, errno, "cannot catch signals");
    return FERRY_OK;
}

void host_settle_notify(void) {
    /* It runs in the main thread, which is here. */
}

int host_stop_count(void) {
    return atomic_load(&stop_count);
}

bool host_sleep_until(uint64_t deadline_ns) {
    while (host_stop_count() == 0) {
        uint64_t now_ns = ferry_clock_ns();
        if (now_ns >= deadline_ns)
            return false;
        uint64_t left_ns = deadline_ns - now_ns;
        struct timespec left = {.tv_sec = (time_t)(left_ns / FERRY_SECOND_NS),
                                .tv_nsec = (long)(left_ns % FERRY_SECOND_NS)};
        /* poll passes over a negative descriptor: without host_catch_stop this only sleeps.
         */
        struct pollfd stopped = {.fd = stop.pipe_read, .events = POLLIN};
        ppoll(&stopped, 1, &left, NULL);
    }
    return true;
}
