/* What tests with several processes share: children that talk through pipes, are killed, and never
 * outlive their test; names in shared memory that belong to this run alone; frames whose pixels
 * tell their number. Include after cmocka.h; define _GNU_SOURCE first. */
#ifndef FERRY_TEST_PROCESS_SUPPORT_H
#define FERRY_TEST_PROCESS_SUPPORT_H

#include <dirent.h>
#include <fcntl.h>
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

#include <frameferry/frameferry.h>

/* Nothing here takes nearly as long: who waits longer is stuck. */
enum { STUCK_MS = 60000 };
#define STUCK_NS (60 * FERRY_SECOND_NS)

/* A survivor has 250 ms; a machine with much else to do gets far more. */
#define NOTICED_NS (20 * FERRY_SECOND_NS)

#define SHM_FOLDER "/dev/shm"

enum { NAME_BYTES = 64, PATH_BYTES = 280 };

/* ---- names ---- */

/* Part of every name that this run puts into shared memory. A process number alone may be that of
 * an earlier run that was killed. The first call comes before any fork. */
static inline const char *own_marker(void) {
    static char marker[32];
    if (marker[0] == '\0')
        snprintf(marker, sizeof marker, "ft%d-%08x-", (int)getpid(), (unsigned)ferry_clock_ns());
    return marker;
}

static inline const char *own_name(char out[static NAME_BYTES], const char *tag) {
    snprintf(out, NAME_BYTES, "%s%s", own_marker(), tag);
    return out;
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

#define assert_nothing_left() assert_int_equal(count_shared(own_marker(), true, false), 0)

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

typedef void child_body(const void *argument);

enum { CHILDREN = 64 };
static child children[CHILDREN];
static int child_in, child_out; /* a child's ends of its pipes */

/* In a child: assertions would run the rest of the tests there. */
#define CHILD_CHECK(condition)                                                                     \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: in a child: %s\n", __FILE__, __LINE__, #condition);            \
            _exit(9);                                                                              \
        }                                                                                          \
    } while (0)

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

static inline void child_rest(void) {
    for (;;)
        child_hear();
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

static inline child *start_child(child_body *body, const void *argument) {
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

static inline void tell(const child *who, char word) {
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

static inline char hear(const child *who) {
    return hear_within(who, STUCK_MS);
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

static inline void kill_child(child *who) {
    kill(who->pid, SIGKILL);
    int status = reap(who);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

#define assert_child_succeeds(who)                                                                 \
    do {                                                                                           \
        int child_status = reap(who);                                                              \
        assert_true(WIFEXITED(child_status));                                                      \
        assert_int_equal(WEXITSTATUS(child_status), 0);                                            \
    } while (0)

/* For the teardown of every test: whatever failed, nothing stays. */
static inline int clean_up(void **state) {
    (void)state;
    for (int i = 0; i < CHILDREN; i++) {
        if (children[i].pid == 0)
            continue;
        kill(children[i].pid, SIGKILL);
        reap(&children[i]);
    }
    count_shared(own_marker(), true, true);
    return 0;
}

/* ---- channels and frames ---- */

enum { WIDTH = 61, HEIGHT = 37, PIXELS = WIDTH * HEIGHT };

static inline ferry_frame_info small_info(void) {
    return (ferry_frame_info){.width = WIDTH, .height = HEIGHT, .format = FERRY_FORMAT_GRAY};
}

static inline uint8_t pixel_of(uint64_t number, uint32_t index) {
    return (uint8_t)(number * 37 + index * 11);
}

static inline void paint(uint8_t *pixels, uint64_t number) {
    for (uint32_t i = 0; i < PIXELS; i++)
        pixels[i] = pixel_of(number, i);
}

static inline bool is_painted(const uint8_t *pixels, uint64_t number) {
    for (uint32_t i = 0; i < PIXELS; i++)
        if (pixels[i] != pixel_of(number, i))
            return false;
    return true;
}

/* NULL when it cannot be made; *status says why. */
static inline ferry_producer *make_producer(const char *name, uint32_t slots, uint32_t when_full,
                                            ferry_status *status) {
    ferry_producer_options options = FERRY_PRODUCER_OPTIONS_INIT;
    options.name = name;
    options.slots = slots;
    options.slot_bytes = 8192;
    options.when_full = when_full;
    options.full_timeout_ns = STUCK_NS;
    ferry_producer *producer = NULL;
    ferry_status result = ferry_producer_create(&producer, &options, NULL);
    if (status != NULL)
        *status = result;
    return producer;
}

static inline ferry_consumer *make_consumer(const char *name, uint32_t delivery,
                                            ferry_status *status) {
    ferry_consumer_options options = FERRY_CONSUMER_OPTIONS_INIT;
    options.name = name;
    options.delivery = delivery;
    options.wait_ns = 0;
    ferry_consumer *consumer = NULL;
    ferry_status result = ferry_consumer_open(&consumer, &options, NULL);
    if (status != NULL)
        *status = result;
    return consumer;
}

/* The same in the dialect of one slot. */
static inline ferry_producer *make_dialect(const char *name) {
    ferry_producer_options options = FERRY_PRODUCER_OPTIONS_INIT;
    options.name = name;
    options.dialect = FERRY_DIALECT_BASEIMAGE;
    ferry_producer *producer = NULL;
    ferry_producer_create(&producer, &options, NULL);
    return producer;
}

/* Sends a frame that is painted with the number it will get. */
static inline ferry_status send_next(ferry_producer *producer) {
    ferry_producer_counters counters;
    uint8_t pixels[PIXELS];
    ferry_frame_info info = small_info();
    ferry_producer_get_counters(producer, &counters);
    paint(pixels, counters.published + 1);
    return ferry_producer_send(producer, &info, pixels, 0, NULL, NULL);
}

/* Acquires a frame and checks that it is whole; its number, or 0 with *status. */
static inline uint64_t take_next(ferry_consumer *consumer, int64_t timeout_ns, ferry_frame *frame,
                                 ferry_status *status) {
    *status = ferry_consumer_acquire(consumer, timeout_ns, frame, NULL);
    if (*status != FERRY_OK)
        return 0;
    if (frame->info.length_bytes != PIXELS || !is_painted(frame->pixels, frame->info.number))
        *status = FERRY_OVERRUN;
    return frame->info.number;
}

/* ---- attempts ---- */

static inline ferry_status try_producer(const char *name, uint32_t dialect, ferry_error *error) {
    ferry_producer_options options = FERRY_PRODUCER_OPTIONS_INIT;
    options.name = name;
    options.dialect = dialect;
    ferry_producer *producer = NULL;
    ferry_status status = ferry_producer_create(&producer, &options, error);
    ferry_producer_close(&producer);
    return status;
}

static inline ferry_status try_consumer(const char *name, ferry_error *error) {
    ferry_consumer_options options = FERRY_CONSUMER_OPTIONS_INIT;
    options.name = name;
    options.wait_ns = FERRY_SECOND_NS / 10; /* what stays foreign is no reason to go on waiting */
    ferry_consumer *consumer = NULL;
    ferry_status status = ferry_consumer_open(&consumer, &options, error);
    ferry_consumer_close(&consumer);
    return status;
}

/* The sentence names the thing in the way and is whole. */
static inline void assert_sentence(const ferry_error *error, ferry_status status,
                                   const char *name) {
    assert_int_equal(error->status, status);
    assert_non_null(strstr(error->message, name));
    assert_true(strlen(error->message) > strlen(name) + 20);
    assert_null(strchr(error->message, '\n'));
}

#endif
