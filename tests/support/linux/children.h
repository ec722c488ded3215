/* Children and names of tests, on POSIX. Included by process_support.h. */
#ifndef FERRY_TEST_CHILDREN_H
#define FERRY_TEST_CHILDREN_H

#include <dirent.h>
#include <fcntl.h>
#include <frameferry/clock.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define SHM_FOLDER "/dev/shm"

enum { PATH_BYTES = 280 };

/* ---- names ---- */

/* Part of every name that this run puts into shared memory. A process number alone may be that of
 * an earlier run that was killed. The first call comes before any fork. */
static inline const char *own_marker(void) {
    static char marker[32];
    if (marker[0] == '\0')
        snprintf(marker, sizeof marker, "ft%d-%08x-", (int)getpid(), (unsigned)ferry_clock_ns());
    return marker;
}

static inline const char *shm_path(char out[static PATH_BYTES], const char *name) {
    snprintf(out, PATH_BYTES, SHM_FOLDER "/%s", name);
    return out;
}

static inline bool shm_exists(const char *name) {
    char path[PATH_BYTES];
    struct stat about;
    return lstat(shm_path(path, name), &about) == 0;
}

/* Whether an object admits its user only. */
static inline bool is_private(const char *name) {
    char path[PATH_BYTES];
    struct stat about;
    return stat(shm_path(path, name), &about) == 0 && (about.st_mode & 0777) == 0600;
}

/* How many names in shared memory contain part; they are told, or removed, when asked to. */
static inline unsigned count_shared(const char *part, bool tell_them, bool remove_them) {
    unsigned count = 0;
    DIR *folder = opendir(SHM_FOLDER);
    if (folder == NULL)
        return 0;
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        if (strstr(entry->d_name, part) == NULL)
            continue;
        count++;
        if (tell_them)
            fprintf(stderr, "left in " SHM_FOLDER ": %s\n", entry->d_name);
        if (remove_them && unlinkat(dirfd(folder), entry->d_name, 0) != 0)
            unlinkat(dirfd(folder), entry->d_name, AT_REMOVEDIR);
    }
    closedir(folder);
    return count;
}

static inline unsigned count_left(const char *part) {
    return count_shared(part, true, false);
}

/* A name stands until it is removed, and can be while somebody has the object. */
enum { NAMES_GO_WITH_USERS = 0 };

/* What can be seen of a file without following or changing it. */
typedef struct look {
    struct stat about;
    uint64_t sum;
} look;

static inline look look_at(const char *path) {
    look seen = {.sum = 0};
    uint8_t bytes[4096];
    assert_int_equal(lstat(path, &seen.about), 0);
    int descriptor = S_ISREG(seen.about.st_mode) ? open(path, O_RDONLY) : -1;
    for (ssize_t n = 0; descriptor >= 0 && (n = read(descriptor, bytes, sizeof bytes)) > 0;)
        for (ssize_t i = 0; i < n; i++)
            seen.sum = seen.sum * 31 + bytes[i];
    if (descriptor >= 0)
        close(descriptor);
    return seen;
}

static inline void assert_untouched(const char *path, const look *before) {
    look after = look_at(path);
    assert_int_equal(after.about.st_ino, before->about.st_ino);
    assert_int_equal(after.about.st_mode, before->about.st_mode);
    assert_int_equal(after.about.st_size, before->about.st_size);
    assert_int_equal(after.about.st_uid, before->about.st_uid);
    assert_int_equal(after.sum, before->sum);
}

/* ---- children ---- */

typedef struct child {
    pid_t pid; /* 0: this place is free */
    int to, from;
} child;

static child children[CHILDREN];
static int child_in, child_out; /* a child's ends of its pipes */

static inline void child_say(char word) {
    CHILD_CHECK(write(child_out, &word, 1) == 1);
}

/* A child whose test has gone goes too. */
static inline char child_hear(void) {
    char word;
    if (read(child_in, &word, 1) != 1)
        _exit(0);
    return word;
}

/* Ends this child as a kill from outside does. */
static inline void child_die(void) {
    raise(SIGKILL);
}

/* Whether the test has said something that has not been heard. */
static inline bool child_is_told(void) {
    struct pollfd word = {.fd = child_in, .events = POLLIN};
    return poll(&word, 1, 0) != 0;
}

static inline void become_child(int in, int out, child_body *body, const void *argument) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (int i = 0; i < CHILDREN; i++) {
        if (children[i].pid == 0)
            continue;
        close(children[i].to);
        close(children[i].from);
    }
    child_in = in;
    child_out = out;
    body(argument);
    _exit(0);
}

/* Starts a child, which has the argument. */
static inline child *start_child_with(child_body *body, const void *argument, size_t bytes) {
    (void)bytes; /* it has all of our memory */
    int down[2], up[2];
    child *place = NULL;
    for (int i = 0; i < CHILDREN && place == NULL; i++)
        if (children[i].pid == 0)
            place = &children[i];
    assert_non_null(place);
    own_marker();
    fflush(NULL);
    assert_int_equal(pipe2(down, O_CLOEXEC), 0);
    assert_int_equal(pipe2(up, O_CLOEXEC), 0);
    pid_t pid = fork();
    if (pid == 0) {
        close(down[1]);
        close(up[0]);
        become_child(down[0], up[1], body, argument);
    }
    close(down[0]);
    close(up[1]);
    assert_true(pid > 0);
    *place = (child){.pid = pid, .to = down[1], .from = up[0]};
    return place;
}

static inline void tell_child(const child *who, char word) {
    assert_int_equal(write(who->to, &word, 1), 1);
}

/* The next word of a child; '\0' when it has died, or says nothing within the time. */
static inline char hear_within(const child *who, int timeout_ms) {
    struct pollfd wanted = {.fd = who->from, .events = POLLIN};
    char word = '\0';
    if (poll(&wanted, 1, timeout_ms) != 1 || read(who->from, &word, 1) != 1)
        return '\0';
    return word;
}

/* Waits for the end of a child; its status as waitpid has it. One that does not end is killed. */
static inline int reap(child *who) {
    int descriptor = (int)syscall(SYS_pidfd_open, who->pid, 0);
    struct pollfd ended = {.fd = descriptor, .events = POLLIN};
    if (descriptor < 0 || poll(&ended, 1, STUCK_MS) != 1) {
        fprintf(stderr, "child %d is stuck\n", (int)who->pid);
        kill(who->pid, SIGKILL);
    }
    int status = -1;
    waitpid(who->pid, &status, 0);
    close(descriptor);
    close(who->to);
    close(who->from);
    who->pid = 0;
    return status;
}

static inline bool is_child(const child *place) {
    return place->pid != 0;
}

static inline uint32_t id_of(const child *who) {
    return (uint32_t)who->pid;
}

/* Ends it as a kill from outside does; reap has to follow. */
static inline void end_child(const child *who) {
    kill(who->pid, SIGKILL);
}

/* What reap has told. */
static inline bool was_killed(int status) {
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

static inline bool has_succeeded(int status) {
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

#endif
