#define _GNU_SOURCE /* ppoll, pipe2, CPU_COUNT */
#include "host/host.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include <frameferry/clock.h>

#include "host/linux/stop.h"
#include "support/error.h"

#define STOPS_UNTIL_EXIT 3
#define CAMERA_MAJOR 81 /* of V4L2: admin-guide/devices.txt of Linux */

/* A signal handler has no argument of its own, so what it needs lies here; written before the
 * handler is installed. */
static struct {
    void (*notify)(void *argument);
    void *argument;
    int pipe_read;
    int pipe_write;
} stop = {.pipe_read = -1, .pipe_write = -1};
static atomic_int stop_count;
static atomic_bool has_hung_up;

int host_stop_descriptor(void) {
    return stop.pipe_read;
}

static void on_stop(int signal_number) {
    int saved = errno;
    /* The kernel, the shell and the session may all tell of one terminal that goes away: that is
     * nobody who does not want to wait. */
    if (signal_number == SIGHUP && atomic_exchange(&has_hung_up, true))
        return;
    if (atomic_fetch_add(&stop_count, 1) + 1 >= STOPS_UNTIL_EXIT)
        _exit(128 + signal_number);
    /* The byte stays in the pipe for ever: a stop is not taken back, and every later sleep has to
     * end at once, also one that was about to begin when the signal came. */
    ssize_t written = write(stop.pipe_write, "", 1);
    (void)written;
    if (stop.notify != NULL)
        stop.notify(stop.argument);
    errno = saved;
}

void host_secure_streams(void) {
    int descriptor;
    do
        descriptor = open("/dev/null", O_RDONLY); /* gets the lowest number that is free */
    while (descriptor >= 0 && descriptor <= STDERR_FILENO);
    if (descriptor >= 0)
        close(descriptor);
}

void host_take_arguments(int *count, char ***arguments) {
    (void)count;
    (void)arguments;
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

    /* SA_RESTART: reading an image must not fail because of Ctrl-C. What may block for long does
     * not depend on EINTR: it is told through notify or the pipe. */
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

uint64_t host_wall_clock_us(void) {
    struct timespec now = {.tv_sec = 0};
    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec < 0 ? 0 : (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

bool host_is_separator(char c) {
    return c == '/';
}

bool host_is_directory(const char *path) {
    struct stat found;
    return stat(path, &found) == 0 && S_ISDIR(found.st_mode);
}

host_file_kind host_kind_of_file(const char *path) {
    struct stat found;
    if (stat(path, &found) != 0)
        return HOST_FILE_NONE;
    if (S_ISREG(found.st_mode))
        return HOST_FILE_REGULAR;
    if (S_ISDIR(found.st_mode))
        return HOST_FILE_DIRECTORY;
    if (S_ISFIFO(found.st_mode))
        return HOST_FILE_PIPE;
    return S_ISCHR(found.st_mode) && major(found.st_rdev) == CAMERA_MAJOR ? HOST_FILE_CAMERA
                                                                          : HOST_FILE_OTHER;
}

typedef struct name_list {
    char **names;
    size_t count;
    size_t capacity;
} name_list;

static bool append(name_list *list, const char *name) {
    if (list->count == list->capacity) {
        size_t capacity = list->capacity == 0 ? 64 : 2 * list->capacity;
        char **grown = realloc(list->names, capacity * sizeof *grown);
        if (grown == NULL)
            return false;
        list->names = grown;
        list->capacity = capacity;
    }
    list->names[list->count] = strdup(name);
    if (list->names[list->count] == NULL)
        return false;
    list->count++;
    return true;
}

/* Returns 0 or an errno. */
static int read_names(DIR *directory, name_list *list) {
    for (;;) {
        errno = 0; /* the end and a failure look alike but for this */
        const struct dirent *entry = readdir(directory);
        if (entry == NULL)
            return errno;
        struct stat found;
        if (entry->d_name[0] == '.')
            continue;
        /* What cannot be looked at, such as a link to nothing, is listed: opening it says why. */
        if (fstatat(dirfd(directory), entry->d_name, &found, 0) == 0 && !S_ISREG(found.st_mode))
            continue;
        if (!append(list, entry->d_name))
            return ENOMEM;
    }
}

ferry_status host_list_directory(const char *path, char ***names, size_t *count,
                                 ferry_error *error) {
    DIR *directory = opendir(path);
    if (directory == NULL)
        return ferryi_fail_errno(error, errno, "cannot open the directory %s", path);
    name_list list = {.names = NULL};
    int code = read_names(directory, &list);
    closedir(directory);
    if (code != 0) {
        host_free_names(list.names, list.count);
        return ferryi_fail_errno(error, code, "cannot read the directory %s", path);
    }
    *names = list.names;
    *count = list.count;
    return FERRY_OK;
}

/* What readdir says of an entry saves a look at it, which takes time where there are many. */
static bool is_directory_entry(DIR *directory, const struct dirent *entry) {
    struct stat found;
    if (entry->d_type != DT_UNKNOWN && entry->d_type != DT_LNK)
        return entry->d_type == DT_DIR;
    return fstatat(dirfd(directory), entry->d_name, &found, 0) == 0 && S_ISDIR(found.st_mode);
}

ferry_status host_visit_directory(const char *path,
                                  void (*see)(void *argument, const char *name, bool is_directory),
                                  void *argument, ferry_error *error) {
    DIR *directory = opendir(path);
    if (directory == NULL)
        return ferryi_fail_errno(error, errno, "cannot open the directory %s", path);
    const struct dirent *entry;
    for (errno = 0; (entry = readdir(directory)) != NULL; errno = 0)
        see(argument, entry->d_name, is_directory_entry(directory, entry));
    int code = errno;
    closedir(directory);
    if (code != 0)
        return ferryi_fail_errno(error, code, "cannot read the directory %s", path);
    return FERRY_OK;
}

bool host_exists(const char *path) {
    struct stat found;
    return lstat(path, &found) == 0;
}

void host_free_names(char **names, size_t count) {
    for (size_t i = 0; i < count; i++)
        free(names[i]);
    free(names);
}

/* Returns 0 or an errno. Another process may make the same directory at this moment, and mkdir on
 * an existing one may answer EROFS or EACCES: only what is there in the end counts. */
static int make_one(const char *path) {
    if (mkdir(path, 0777) == 0)
        return 0;
    int code = errno;
    if (host_is_directory(path))
        return 0;
    return code == EEXIST ? ENOTDIR : code;
}

ferry_status host_make_directories(const char *path, ferry_error *error) {
    char *part = strdup(path);
    if (part == NULL)
        return ferryi_fail_errno(error, ENOMEM, "cannot make the directory %s", path);
    int code = 0;
    for (char *end = part; *end != '\0' && code == 0; end++) {
        if (*end != '/' || end == part)
            continue;
        *end = '\0';
        code = make_one(part);
        *end = '/';
    }
    if (code == 0)
        code = make_one(part);
    free(part);
    if (code != 0)
        return ferryi_fail_errno(error, code, "cannot make the directory %s", path);
    return FERRY_OK;
}

bool host_is_terminal(FILE *stream) {
    return isatty(fileno(stream)) == 1;
}

unsigned host_terminal_columns(FILE *stream) {
    struct winsize size = {.ws_col = 0};
    return ioctl(fileno(stream), TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

unsigned host_core_count(void) {
    cpu_set_t mine;
    /* It fails on machines with more processors than the set has room for. */
    if (sched_getaffinity(0, sizeof mine, &mine) == 0 && CPU_COUNT(&mine) > 0)
        return (unsigned)CPU_COUNT(&mine);
    long count = sysconf(_SC_NPROCESSORS_ONLN);
    return count < 1 ? 1 : (unsigned)count;
}
