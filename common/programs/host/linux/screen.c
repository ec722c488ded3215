/* Source: termios(3), ioctl_tty(2), console_codes(4), "Asynchronous-signal-safe" in
 * signal-safety(7). */
#define _GNU_SOURCE /* ppoll, pipe2, SIGWINCH */
#include "host/screen.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include <frameferry/clock.h>

#include "host/linux/stop.h"
#include "host/output.h"
#include "host/stop.h"
#include "support/error.h"

#define ENTER "\033[?1049h\033[?25l\033[H\033[2J"
#define LEAVE "\033[?25h\033[?1049l"

enum { COLUMNS_USUAL = 80, ROWS_USUAL = 24 };

struct host_screen {
    struct termios before;
    bool has_keys; /* standard input is a terminal, and has not ended */
    bool has_mode; /* before is to be restored */
    struct sigaction resize_before, suspend_before;
    int pipe_read;
};

/* A signal handler gets no argument. */
static struct {
    const struct termios *before; /* NULL: no mode is to be restored */
    int pipe_write;
} shared = {.pipe_write = -1};

static void on_signal(int signal_number) {
    int saved = errno;
    ssize_t written = write(shared.pipe_write, signal_number == SIGWINCH ? "r" : "z", 1);
    (void)written;
    errno = saved;
}

/* In a signal handler, when the process is just ending. */
static void restore_at_once(void) {
    ssize_t written = write(STDOUT_FILENO, LEAVE, sizeof LEAVE - 1);
    (void)written;
    if (shared.before != NULL)
        tcsetattr(STDIN_FILENO, TCSANOW, shared.before);
}

static void enter(host_screen *s) {
    if (s->has_mode) {
        struct termios mode = s->before;
        mode.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
        mode.c_cc[VMIN] = 1;
        mode.c_cc[VTIME] = 0;
        tcsetattr(STDIN_FILENO, TCSANOW, &mode);
    }
    host_write(HOST_STREAM_OUTPUT, ENTER, sizeof ENTER - 1, NULL);
}

static void leave(const host_screen *s) {
    host_write(HOST_STREAM_OUTPUT, LEAVE, sizeof LEAVE - 1, NULL);
    if (s->has_mode)
        tcsetattr(STDIN_FILENO, TCSANOW, &s->before);
}

static void catch_signals(host_screen *s) {
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaction(SIGWINCH, &action, &s->resize_before);
    sigaction(SIGTSTP, &action, &s->suspend_before);
    /* A shell without job control has it ignored, and so it stays. */
    if (s->suspend_before.sa_handler == SIG_IGN)
        sigaction(SIGTSTP, &s->suspend_before, NULL);
}

static bool can_draw(void) {
    const char *kind = getenv("TERM");
    return isatty(STDOUT_FILENO) && kind != NULL && *kind != '\0' && strcmp(kind, "dumb") != 0;
}

ferry_status host_open_screen(host_screen **out, ferry_error *error) {
    int ends[2];
    *out = NULL;
    if (!can_draw())
        return ferryi_fail(error, FERRY_NOT_SUPPORTED, 0,
                           "standard output is no terminal that can be drawn on (TERM says which "
                           "kind it is)");
    host_screen *s = calloc(1, sizeof *s);
    if (s == NULL)
        return ferryi_fail(error, FERRY_NO_MEMORY, 0, "out of memory");
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) {
        free(s);
        return ferryi_fail_errno(error, errno, "cannot make a pipe for signals");
    }
    s->pipe_read = ends[0];
    shared.pipe_write = ends[1];
    s->has_mode = tcgetattr(STDIN_FILENO, &s->before) == 0;
    s->has_keys = s->has_mode;
    shared.before = s->has_mode ? &s->before : NULL;
    catch_signals(s);
    host_stop_restores(restore_at_once);
    enter(s);
    *out = s;
    return FERRY_OK;
}

void host_screen_size(const host_screen *screen, unsigned *columns, unsigned *rows) {
    struct winsize size = {.ws_col = 0};
    (void)screen;
    bool is_known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0;
    *columns = is_known && size.ws_col > 0 ? size.ws_col : COLUMNS_USUAL;
    *rows = is_known && size.ws_row > 0 ? size.ws_row : ROWS_USUAL;
}

/* The terminal is the shell's until SIGCONT. */
static void suspend(host_screen *s) {
    struct sigaction usual = {.sa_handler = SIG_DFL}, caught;
    sigemptyset(&usual.sa_mask);
    leave(s);
    sigaction(SIGTSTP, &usual, &caught);
    raise(SIGTSTP);
    sigaction(SIGTSTP, &caught, NULL);
    if (s->has_mode) /* as the shell has it now */
        tcgetattr(STDIN_FILENO, &s->before);
    enter(s);
}

/* Reads the letters that signals have written. False: there are none. */
static bool take_signals(host_screen *s) {
    char found[64];
    ssize_t count = read(s->pipe_read, found, sizeof found);
    for (ssize_t i = 0; i < count; i++)
        if (found[i] == 'z') {
            suspend(s);
            break;
        }
    return count > 0;
}

static bool take_key(host_screen *s, unsigned char *key) {
    ssize_t count = read(STDIN_FILENO, key, 1); /* keys that are no letters send several bytes */
    s->has_keys = count > 0 || (count < 0 && (errno == EINTR || errno == EAGAIN));
    return count > 0;
}

host_screen_news host_await_screen(host_screen *s, uint64_t deadline_ns, unsigned char *key) {
    while (host_stop_count() == 0) {
        uint64_t now_ns = ferry_clock_ns();
        uint64_t left_ns = deadline_ns > now_ns ? deadline_ns - now_ns : 0;
        struct timespec left = {.tv_sec = (time_t)(left_ns / FERRY_SECOND_NS),
                                .tv_nsec = (long)(left_ns % FERRY_SECOND_NS)};
        struct pollfd news[] = {{.fd = host_stop_descriptor(), .events = POLLIN},
                                {.fd = s->pipe_read, .events = POLLIN},
                                {.fd = s->has_keys ? STDIN_FILENO : -1, .events = POLLIN}};
        int count = ppoll(news, sizeof news / sizeof news[0], &left, NULL);
        if (count > 0 && news[1].revents != 0 && take_signals(s))
            return HOST_SCREEN_RESIZED;
        if (count > 0 && news[2].revents != 0 && take_key(s, key))
            return HOST_SCREEN_KEY;
        if (count == 0 && left_ns == 0)
            return HOST_SCREEN_TIME;
    }
    return HOST_SCREEN_STOPPED;
}

void host_close_screen(host_screen **screen) {
    host_screen *s = *screen;
    *screen = NULL;
    if (s == NULL)
        return;
    host_stop_restores(NULL);
    leave(s);
    sigaction(SIGWINCH, &s->resize_before, NULL);
    sigaction(SIGTSTP, &s->suspend_before, NULL);
    close(s->pipe_read);
    close(shared.pipe_write);
    shared.before = NULL;
    shared.pipe_write = -1;
    free(s);
}
