/* A named semaphore as glibc has it, used without glibc's own calls: sem_post(3) and sem_wait(3)
 * take from the shared file how they have to call the kernel, and abort, or sleep without end, when
 * a peer has written nonsense there. Programs that know nothing of us go on using them on the same
 * file. Source: sem_overview(7), futex(2), open(2) on O_TMPFILE; the layout is that of glibc 2.21
 * and later (docs/decisions/0025). */
#define _GNU_SOURCE
#include "platform/signal_event.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <frameferry/channel.h>
#include <frameferry/clock.h>

#include "platform/fault_point.h"
#include "platform/guard.h"
#include "platform/linux/fd_path.h"
#include "platform/linux/names.h"
#include "platform/linux/quiet.h"
#include "platform/linux/sharing_rules.h"
#include "support/deadline.h"
#include "support/error.h"

#define FOLDER "/dev/shm"

/* How a sentence goes on for anything else under the name. */
#define FOREIGN "is not a semaphore: remove it, or choose another name"

/* The beginning of the file. The lower half of word is the value, which the kernel compares; the
 * upper half says how many threads sleep, or are about to. The rest of the file is glibc's. */
typedef struct semaphore {
    _Atomic(uint64_t) word;
    uint32_t private;
} semaphore;

_Static_assert(sizeof(semaphore) <= sizeof(sem_t), "there is no more than a sem_t in the file");

#define ONE_SLEEPER (UINT64_C(1) << 32)

/* A peer that changes the word all the time keeps nobody in a loop for longer. */
enum { CHANGES_MOST = 1000 };

struct ferryi_signal_event {
    semaphore *semaphore;
    ferryi_shm shm; /* the mapping of the file, for the guard; each handle has its own */
};

enum { PATH_BYTES = FERRY_NAME_MAX + 40 };

/* These bytes follow the semaphore in the file of an event that this library made. Other programs
 * map the semaphore and no more. */
static const char mark[8] = {'F', 'E', 'R', 'R', 'Y', 'E', 'V', 'T'};

static void path_of(char path[static PATH_BYTES], const char *name) {
    snprintf(path, PATH_BYTES, FOLDER "/sem.%s", name);
}

static uint32_t value_of(uint64_t word) {
    return (uint32_t)word;
}

static bool has_sleepers(uint64_t word) {
    return word >= ONE_SLEEPER;
}

/* Whether this C library's semaphores are as described above: the library's own calls, on one in
 * private memory, have to show it. */
static bool has_known_layout(void) {
    enum { SHARED = 128, VALUE = 3, SLEEPERS = 5 };
    union {
        sem_t theirs;
        semaphore ours;
    } probe;
    int value = 0;
    memset(&probe, 0, sizeof probe);
    if (sem_init(&probe.theirs, 1, VALUE) != 0 || probe.ours.word != VALUE ||
        probe.ours.private != SHARED || sem_post(&probe.theirs) != 0 ||
        probe.ours.word != VALUE + 1)
        return false;
    probe.ours.word = SLEEPERS * ONE_SLEEPER + VALUE;
    return sem_getvalue(&probe.theirs, &value) == 0 && value == VALUE &&
           sem_trywait(&probe.theirs) == 0 && probe.ours.word == SLEEPERS * ONE_SLEEPER + VALUE - 1;
}

static ferry_status check_layout(ferry_error *error) {
    if (has_known_layout())
        return FERRY_OK;
    return ferryi_fail(error, FERRY_NOT_SUPPORTED, 0,
                       "the semaphores of this C library are not laid out as those of glibc on 64 "
                       "bits, which the baseimage dialect needs for its event: use the native "
                       "dialect");
}

static bool write_whole(int descriptor, const void *bytes, size_t count) {
    unsigned quiet = ferryi_quiet_begin(SIGXFSZ);
    ssize_t written = write(descriptor, bytes, count);
    if (written >= 0 && written != (ssize_t)count)
        errno = EFBIG; /* the limit is met in the midst */
    ferryi_quiet_end(SIGXFSZ, quiet, written < 0 && errno == EFBIG);
    return written == (ssize_t)count;
}

/* Makes a semaphore under its name, or fails with errno; EEXIST: there is one. sem_open can do that
 * too, but by way of a file of another name, which stays when the process is killed just then, and
 * with a mode that the umask cuts down. sem_open can open it: it is a file with a semaphore that
 * processes share, in the place that sem_overview(7) names. */
static bool make(const char *path, const ferryi_sharing *sharing) {
    sem_t made_here;
    memset(&made_here, 0, sizeof made_here);
    int descriptor = open(FOLDER, O_TMPFILE | O_RDWR | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (descriptor < 0)
        return false;
    bool made = sem_init(&made_here, 1, 0) == 0 &&
                ferryi_sharing_apply(sharing, descriptor, 1, NULL) == FERRY_OK &&
                write_whole(descriptor, &made_here, sizeof made_here) &&
                write_whole(descriptor, mark, sizeof mark) && ferryi_names_link(path, descriptor);
    int code = errno;
    close(descriptor);
    errno = code;
    return made;
}

/* Whether what was found may be used, and can be a semaphore. */
static ferry_status check(int descriptor, const ferryi_sharing *sharing, const char *path,
                          ferry_error *error) {
    struct stat about;
    if (fstat(descriptor, &about) != 0)
        return ferryi_fail_errno(error, errno, "cannot look at %s", path);
    if (!S_ISREG(about.st_mode) || about.st_size < (off_t)sizeof(sem_t))
        return ferryi_fail(error, FERRY_FOREIGN, 0, "%s " FOREIGN, path);
    ferry_error reason = {0};
    ferry_status status = ferryi_sharing_check(sharing, &about, path, &reason);
    if (status == FERRY_OK)
        return status;
    return ferryi_fail(error, status, reason.os_code,
                       "%.400s. To do without it, remove it, or choose another name",
                       reason.message);
}

static ferry_status no_room(const char *path, ferry_error *error) {
    return ferryi_fail(error, FERRY_NO_SPACE, ENOSPC,
                       FOLDER " has no room for the semaphore %s: remove what is not needed there, "
                              "or enlarge it (mount -o remount,size=...)",
                       path);
}

/* Maps the semaphore, whose descriptor is taken over. */
static ferry_status take(ferryi_signal_event *event, int descriptor, const ferryi_sharing *sharing,
                         const char *path, ferry_error *error) {
    event->shm = (ferryi_shm)FERRYI_SHM_INIT;
    event->shm.handle = descriptor;
    ferry_status status = check(descriptor, sharing, path, error);
    /* One that another program made may be a hole, which takes memory when it is touched. */
    if (status == FERRY_OK)
        status = ferryi_shm_reserve(&event->shm, 0, sizeof(sem_t), error);
    if (status == FERRY_NO_SPACE)
        return no_room(path, error);
    if (status != FERRY_OK)
        return status;
    void *base = mmap(NULL, FERRYI_SHM_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    if (base == MAP_FAILED)
        return ferryi_fail_errno(error, errno, "cannot map %s", path);
    event->shm.base = base;
    event->shm.size_bytes = FERRYI_SHM_PAGE;
    event->semaphore = base;
    return FERRY_OK;
}

/* Opens what has the name. */
static ferry_status find(ferryi_signal_event **out, const char *path, const ferryi_sharing *sharing,
                         atomic_bool *lost, ferry_error *error) {
    int descriptor = ferryi_names_open(path, O_RDWR);
    if (descriptor < 0)
        return ferryi_sharing_refuse(sharing, errno, path, FOREIGN, error);
    ferryi_signal_event *event = malloc(sizeof *event);
    if (event == NULL) {
        close(descriptor);
        return ferryi_fail(error, FERRY_NO_MEMORY, 0, "out of memory");
    }
    ferry_status status = take(event, descriptor, sharing, path, error);
    if (status != FERRY_OK) {
        ferryi_shm_close(&event->shm);
        free(event);
        return status;
    }
    ferryi_guard_watch(&event->shm, FERRYI_SHM_WRITE, lost);
    *out = event;
    return FERRY_OK;
}

ferry_status ferryi_signal_event_create(ferryi_signal_event **out, const char *name,
                                        const ferryi_sharing *sharing, bool *created,
                                        atomic_bool *lost, ferry_error *error) {
    char path[PATH_BYTES];
    path_of(path, name);
    *created = false;
    ferry_status status = check_layout(error);
    /* A peer's event can come and go between the two calls, and somebody may remove ours. */
    for (int attempt = 0; attempt < 3 && status == FERRY_OK; attempt++) {
        *created = make(path, sharing);
        if (*created)
            FERRYI_FAULT("signal.made");
        else if (errno == EFBIG)
            return ferryi_fail(error, FERRY_NO_SPACE, EFBIG,
                               "the semaphore %s is longer than a file may be here: raise the "
                               "limit (ulimit -f)",
                               path);
        else if (errno == ENOSPC)
            return no_room(path, error);
        else if (errno != EEXIST)
            return ferryi_fail_errno(error, errno, "cannot make the semaphore %s", path);
        status = find(out, path, sharing, lost, error);
        if (status != FERRY_NO_PRODUCER)
            return status;
        status = FERRY_OK;
    }
    if (status != FERRY_OK)
        return status;
    return ferryi_fail(error, FERRY_SYSTEM_ERROR, 0, "%s is removed again and again", path);
}

ferry_status ferryi_signal_event_open(ferryi_signal_event **out, const char *name,
                                      const ferryi_sharing *sharing, atomic_bool *lost,
                                      ferry_error *error) {
    char path[PATH_BYTES];
    path_of(path, name);
    ferry_status status = check_layout(error);
    return status == FERRY_OK ? find(out, path, sharing, lost, error) : status;
}

ferry_status ferryi_signal_event_share(const ferryi_signal_event *event,
                                       const ferryi_sharing *sharing, ferry_error *error) {
    return ferryi_shm_share(&event->shm, sharing, 1, error);
}

static void *futex_of(const ferryi_signal_event *event) {
    return event->semaphore; /* the lower half comes first: the layout is little-endian */
}

void ferryi_signal_event_set(ferryi_signal_event *event) {
    uint64_t word = atomic_load_explicit(&event->semaphore->word, memory_order_relaxed);
    /* An auto-reset event is set or not, a semaphore counts: it is raised from 0 only. One that is
     * set is written as well, so that the thread that takes it sees all that was written before
     * this call. U1 pairs with U2. */
    for (int i = 0; i < CHANGES_MOST; i++)
        if (atomic_compare_exchange_strong_explicit(&event->semaphore->word, &word,
                                                    value_of(word) == 0 ? word + 1 : word,
                                                    memory_order_acq_rel, memory_order_relaxed))
            break;
    /* Also when it was set before: the process that was woken then may have been killed since. */
    if (has_sleepers(word))
        syscall(SYS_futex, futex_of(event), FUTEX_WAKE, 1, NULL, NULL, 0);
}

bool ferryi_signal_event_is_set(ferryi_signal_event *event) {
    /* Relaxed: nothing is handed over by a look. */
    return value_of(atomic_load_explicit(&event->semaphore->word, memory_order_relaxed)) != 0;
}

/* Lowers the value by at most this much; by how much. */
static uint32_t lower(ferryi_signal_event *event, uint32_t most) {
    uint64_t word = atomic_load_explicit(&event->semaphore->word, memory_order_relaxed);
    for (int i = 0; i < CHANGES_MOST && value_of(word) != 0; i++) {
        uint32_t by = value_of(word) < most ? value_of(word) : most;
        /* U2 pairs with U1, and with a sem_post(3). */
        if (atomic_compare_exchange_strong_explicit(&event->semaphore->word, &word, word - by,
                                                    memory_order_acquire, memory_order_relaxed))
            return by;
    }
    return 0;
}

uint32_t ferryi_signal_event_take_all(ferryi_signal_event *event) {
    return lower(event, UINT32_MAX);
}

bool ferryi_signal_event_wait(ferryi_signal_event *event, int64_t timeout_ns) {
    if (lower(event, 1) != 0)
        return true;
    if (timeout_ns <= 0)
        return false;
    /* A peer may have written anything over the number of sleepers, so that nobody wakes us. */
    if (timeout_ns > FERRYI_SLICE_NS)
        timeout_ns = FERRYI_SLICE_NS;
    struct timespec timeout = {.tv_sec = (time_t)(timeout_ns / FERRY_SECOND_NS),
                               .tv_nsec = (long)(timeout_ns % FERRY_SECOND_NS)};
    /* Relaxed: all changes of the one word have one order. A setter that comes after this sees the
     * sleeper; one that came before has raised the value, which the kernel compares. */
    atomic_fetch_add_explicit(&event->semaphore->word, ONE_SLEEPER, memory_order_relaxed);
    FERRYI_FAULT("signal.sleeping");
    syscall(SYS_futex, futex_of(event), FUTEX_WAIT, 0, &timeout, NULL, 0);
    FERRYI_FAULT("signal.awake");
    atomic_fetch_sub_explicit(&event->semaphore->word, ONE_SLEEPER, memory_order_relaxed);
    return lower(event, 1) != 0;
}

ferryi_standing ferryi_signal_event_standing(const ferryi_signal_event *event, const char *name) {
    char path[PATH_BYTES];
    path_of(path, name);
    return ferryi_names_standing(path, (int)event->shm.handle);
}

bool ferryi_signal_event_name_again(const ferryi_signal_event *event, const char *name) {
    char path[PATH_BYTES];
    path_of(path, name);
    return ferryi_names_link(path, (int)event->shm.handle);
}

/* Whether this library made the file of an event. */
static bool is_marked(int descriptor) {
    char found[sizeof mark];
    return pread(descriptor, found, sizeof found, sizeof(sem_t)) == (ssize_t)sizeof found &&
           memcmp(found, mark, sizeof found) == 0;
}

bool ferryi_signal_event_is_ours(const ferryi_signal_event *event) {
    return is_marked((int)event->shm.handle);
}

void ferryi_signal_event_close(ferryi_signal_event **event) {
    if (*event == NULL)
        return;
    ferryi_guard_unwatch(&(*event)->shm);
    ferryi_shm_close(&(*event)->shm);
    free(*event);
    *event = NULL;
}

void ferryi_signal_event_remove_this(const ferryi_signal_event *event, const char *name) {
    char path[PATH_BYTES];
    path_of(path, name);
    if (ferryi_signal_event_standing(event, name) == FERRYI_NAME_STANDS)
        unlink(path);
}

/* Removes the name of an event that this user has made with this library. */
static void remove_marked(const char *name, bool only_unused) {
    char path[PATH_BYTES];
    struct stat about;
    path_of(path, name);
    int descriptor = ferryi_names_open(path, O_RDWR);
    if (descriptor < 0)
        return;
    if (fstat(descriptor, &about) == 0 && S_ISREG(about.st_mode) && about.st_uid == geteuid() &&
        is_marked(descriptor) && (!only_unused || ferryi_names_is_alone(descriptor)))
        unlink(path);
    close(descriptor);
}

void ferryi_signal_event_remove(const char *name) {
    remove_marked(name, false);
}

void ferryi_signal_event_remove_unused(const char *name) {
    remove_marked(name, true);
}
