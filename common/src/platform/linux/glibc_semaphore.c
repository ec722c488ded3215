/* Source: sem_overview(7), futex(2), open(2) on O_TMPFILE; the layout is that of glibc 2.21 and
 * later (docs/decisions/0025). */
#define _GNU_SOURCE
#include "platform/linux/glibc_semaphore.h"

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

#include <frameferry/clock.h>

#include "platform/fault_point.h"
#include "platform/guard.h"
#include "platform/linux/quiet.h"
#include "platform/linux/sharing_rules.h"
#include "support/deadline.h"
#include "support/error.h"

#define FOLDER FERRYI_NAMES_FOLDER

/* The beginning of the file. The lower half of word is the value, which the kernel compares; the
 * upper half says how many threads sleep, or are about to. The rest of the file is glibc's. */
typedef struct ferryi_glibc_words {
    _Atomic(uint64_t) word;
    uint32_t private;
} words;

_Static_assert(sizeof(words) <= sizeof(sem_t), "there is no more than a sem_t in the file");

#define ONE_SLEEPER (UINT64_C(1) << 32)

/* A peer that changes the word all the time keeps nobody in a loop for longer. */
enum { CHANGES_MOST = 1000 };

/* These bytes follow the semaphore in the file of one that this library made. Other programs map
 * the semaphore and no more. */
static const char mark[8] = {'F', 'E', 'R', 'R', 'Y', 'E', 'V', 'T'};

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
        words ours;
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

static ferry_status check_layout(const ferryi_glibc_use *use, ferry_error *error) {
    if (has_known_layout())
        return FERRY_OK;
    return ferryi_fail(error, FERRY_NOT_SUPPORTED, 0,
                       "the semaphores of this C library are not laid out as those of glibc on 64 "
                       "bits, %s",
                       use->needs);
}

/* ---- making and opening ---- */

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
static bool make(const char *path, uint32_t value, const ferryi_sharing *sharing) {
    sem_t made_here;
    memset(&made_here, 0, sizeof made_here);
    int descriptor = open(FOLDER, O_TMPFILE | O_RDWR | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (descriptor < 0)
        return false;
    bool made = sem_init(&made_here, 1, value) == 0 &&
                ferryi_sharing_apply(sharing, descriptor, 1, NULL) == FERRY_OK &&
                write_whole(descriptor, &made_here, sizeof made_here) &&
                write_whole(descriptor, mark, sizeof mark) && ferryi_names_link(path, descriptor);
    int code = errno;
    close(descriptor);
    errno = code;
    return made;
}

static ferry_status no_room(const char *path, ferry_error *error) {
    return ferryi_fail(error, FERRY_NO_SPACE, ENOSPC,
                       FOLDER " has no room for the semaphore %s: remove what is not needed there, "
                              "or enlarge it (mount -o remount,size=...)",
                       path);
}

/* Why a semaphore could not be made, from errno. */
static ferry_status refuse_making(const char *path, ferry_error *error) {
    switch (errno) {
    case EFBIG:
        return ferryi_fail(error, FERRY_NO_SPACE, EFBIG,
                           "the semaphore %s is longer than a file may be here: raise the "
                           "limit (ulimit -f)",
                           path);
    case ENOSPC: return no_room(path, error);
    default: return ferryi_fail_errno(error, errno, "cannot make the semaphore %s", path);
    }
}

/* Whether what was found may be used, and can be a semaphore. */
static ferry_status check(int descriptor, const ferryi_glibc_use *use,
                          const ferryi_sharing *sharing, const char *path, ferry_error *error) {
    struct stat about;
    if (fstat(descriptor, &about) != 0)
        return ferryi_fail_errno(error, errno, "cannot look at %s", path);
    if (!S_ISREG(about.st_mode) || about.st_size < (off_t)sizeof(sem_t))
        return ferryi_fail(error, FERRY_FOREIGN, 0, "%s %s", path, use->foreign);
    ferry_error reason = {0};
    ferry_status status = ferryi_sharing_check(sharing, &about, path, &reason);
    if (status == FERRY_OK)
        return status;
    return ferryi_fail(error, status, reason.os_code,
                       "%.400s. To do without it, remove it, or choose another name",
                       reason.message);
}

/* Maps the semaphore, whose descriptor is open. */
static ferry_status map(ferryi_glibc_semaphore *semaphore, ferry_error *error) {
    ferryi_shm *shm = &semaphore->shm;
    /* One that another program made may be a hole, which takes memory when it is touched. */
    ferry_status status = ferryi_shm_reserve(shm, 0, sizeof(sem_t), error);
    if (status == FERRY_NO_SPACE)
        return no_room(semaphore->path, error);
    if (status != FERRY_OK)
        return status;
    void *base =
        mmap(NULL, FERRYI_SHM_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, (int)shm->handle, 0);
    if (base == MAP_FAILED)
        return ferryi_fail_errno(error, errno, "cannot map %s", semaphore->path);
    shm->base = base;
    shm->size_bytes = FERRYI_SHM_PAGE;
    semaphore->words = base;
    return FERRY_OK;
}

/* Opens what has the name. */
static ferry_status find(ferryi_glibc_semaphore **out, const char *path,
                         const ferryi_glibc_use *use, const ferryi_sharing *sharing,
                         atomic_bool *lost, ferry_error *error) {
    int descriptor = ferryi_names_open(path, O_RDWR);
    if (descriptor < 0)
        return ferryi_sharing_refuse(sharing, errno, path, use->foreign, error);
    ferryi_glibc_semaphore *semaphore = calloc(1, sizeof *semaphore);
    if (semaphore == NULL) {
        close(descriptor);
        return ferryi_fail(error, FERRY_NO_MEMORY, 0, "out of memory");
    }
    semaphore->shm = (ferryi_shm)FERRYI_SHM_INIT;
    semaphore->shm.handle = descriptor;
    snprintf(semaphore->path, sizeof semaphore->path, "%s", path);
    ferry_status status = check(descriptor, use, sharing, path, error);
    if (status == FERRY_OK)
        status = map(semaphore, error);
    /* It may have lost its name while this process had it neither open nor mapped. */
    if (status == FERRY_OK && ferryi_names_standing(path, descriptor) != FERRYI_NAME_STANDS)
        status = ferryi_sharing_refuse(sharing, ENOENT, path, use->foreign, error);
    if (status != FERRY_OK) {
        ferryi_shm_close(&semaphore->shm);
        free(semaphore);
        return status;
    }
    ferryi_guard_watch(&semaphore->shm, FERRYI_SHM_WRITE, lost);
    *out = semaphore;
    return FERRY_OK;
}

ferry_status ferryi_glibc_semaphore_make(ferryi_glibc_semaphore **out, const char *name,
                                         uint32_t value, const ferryi_glibc_use *use,
                                         const ferryi_sharing *sharing, atomic_bool *lost,
                                         ferry_error *error) {
    char path[FERRYI_NAMES_BYTES];
    ferry_status status = ferryi_names_path(path, FERRYI_NAMES_SEMAPHORE, name, error);
    if (status == FERRY_OK)
        status = check_layout(use, error);
    /* A peer's semaphore can come and go between the two calls, and somebody may remove ours. */
    for (int attempt = 0; attempt < 3 && status == FERRY_OK; attempt++) {
        bool made = make(path, value, sharing);
        if (made)
            FERRYI_FAULT("signal.made");
        else if (errno != EEXIST)
            return refuse_making(path, error);
        status = find(out, path, use, sharing, lost, error);
        if (status == FERRY_OK)
            (*out)->is_made = made;
        if (status != FERRY_NO_PRODUCER)
            return status;
        status = FERRY_OK;
    }
    if (status != FERRY_OK)
        return status;
    return ferryi_fail(error, FERRY_SYSTEM_ERROR, 0, "%s is removed again and again", path);
}

ferry_status ferryi_glibc_semaphore_open(ferryi_glibc_semaphore **out, const char *name,
                                         const ferryi_glibc_use *use, const ferryi_sharing *sharing,
                                         atomic_bool *lost, ferry_error *error) {
    char path[FERRYI_NAMES_BYTES];
    ferry_status status = ferryi_names_path(path, FERRYI_NAMES_SEMAPHORE, name, error);
    if (status == FERRY_OK)
        status = check_layout(use, error);
    return status == FERRY_OK ? find(out, path, use, sharing, lost, error) : status;
}

/* ---- raising, lowering, waiting ---- */

static void *futex_of(const ferryi_glibc_semaphore *semaphore) {
    return semaphore->words; /* the lower half comes first: the layout is little-endian */
}

static void wake(const ferryi_glibc_semaphore *semaphore, int most) {
    syscall(SYS_futex, futex_of(semaphore), FUTEX_WAKE, most, NULL, NULL, 0);
}

void ferryi_glibc_semaphore_raise(ferryi_glibc_semaphore *semaphore, int wakes) {
    uint64_t word = atomic_load_explicit(&semaphore->words->word, memory_order_relaxed);
    /* An event is set or not, a semaphore counts: it is raised from 0 only. One that is set is
     * written as well, so that the thread that sees it set sees all that was written before this
     * call. U1 pairs with U2, and U1 pairs with U3. */
    for (int i = 0; i < CHANGES_MOST; i++)
        if (atomic_compare_exchange_strong_explicit(&semaphore->words->word, &word,
                                                    value_of(word) == 0 ? word + 1 : word,
                                                    memory_order_acq_rel, memory_order_relaxed))
            break;
    /* Also when it was set before: the process that was woken then may have been killed since. */
    if (has_sleepers(word))
        wake(semaphore, wakes);
}

uint32_t ferryi_glibc_semaphore_value(ferryi_glibc_semaphore *semaphore) {
    /* Relaxed: nothing is handed over by a look. */
    return value_of(atomic_load_explicit(&semaphore->words->word, memory_order_relaxed));
}

bool ferryi_glibc_semaphore_has_sleepers(const ferryi_glibc_semaphore *semaphore) {
    /* Relaxed: nothing is handed over by a look. */
    return has_sleepers(atomic_load_explicit(&semaphore->words->word, memory_order_relaxed));
}

uint32_t ferryi_glibc_semaphore_lower(ferryi_glibc_semaphore *semaphore, uint32_t most) {
    uint64_t word = atomic_load_explicit(&semaphore->words->word, memory_order_relaxed);
    for (int i = 0; i < CHANGES_MOST && value_of(word) != 0; i++) {
        uint32_t by = value_of(word) < most ? value_of(word) : most;
        /* U2 pairs with U1, and with a sem_post(3). */
        if (atomic_compare_exchange_strong_explicit(&semaphore->words->word, &word, word - by,
                                                    memory_order_acquire, memory_order_relaxed))
            return by;
    }
    return 0;
}

/* Sleeps while the value is 0, for at most timeout_ns, or a slice. Whether somebody has woken this
 * thread, who then takes it that a sleeper looks at the value. */
static bool sleep_while_0(const ferryi_glibc_semaphore *semaphore, int64_t timeout_ns) {
    /* A peer may have written anything over the number of sleepers, so that nobody wakes us. */
    if (timeout_ns > FERRYI_SLICE_NS)
        timeout_ns = FERRYI_SLICE_NS;
    struct timespec timeout = {.tv_sec = (time_t)(timeout_ns / FERRY_SECOND_NS),
                               .tv_nsec = (long)(timeout_ns % FERRY_SECOND_NS)};
    /* Relaxed: all changes of the one word have one order. A setter that comes after this sees the
     * sleeper; one that came before has raised the value, which the kernel compares. */
    atomic_fetch_add_explicit(&semaphore->words->word, ONE_SLEEPER, memory_order_relaxed);
    FERRYI_FAULT("signal.sleeping");
    bool woken = syscall(SYS_futex, futex_of(semaphore), FUTEX_WAIT, 0, &timeout, NULL, 0) == 0;
    FERRYI_FAULT("signal.awake");
    atomic_fetch_sub_explicit(&semaphore->words->word, ONE_SLEEPER, memory_order_relaxed);
    return woken;
}

bool ferryi_glibc_semaphore_wait(ferryi_glibc_semaphore *semaphore, int64_t timeout_ns) {
    if (ferryi_glibc_semaphore_lower(semaphore, 1) != 0)
        return true;
    if (timeout_ns <= 0)
        return false;
    sleep_while_0(semaphore, timeout_ns);
    return ferryi_glibc_semaphore_lower(semaphore, 1) != 0;
}

/* The word, as one who waits without taking looks at it. U3 pairs with U1, and with a sem_post(3).
 */
static uint64_t look(const ferryi_glibc_semaphore *semaphore) {
    return atomic_load_explicit(&semaphore->words->word, memory_order_acquire);
}

bool ferryi_glibc_semaphore_await(ferryi_glibc_semaphore *semaphore, int64_t timeout_ns) {
    if (value_of(look(semaphore)) != 0)
        return true;
    if (timeout_ns <= 0)
        return false;
    bool woken = sleep_while_0(semaphore, timeout_ns);
    uint64_t word = look(semaphore);
    /* A sem_post(3) wakes one sleeper, for the value that it has raised. That is still there: the
     * next one is woken for it. */
    if (woken && value_of(word) != 0 && has_sleepers(word))
        wake(semaphore, 1);
    return value_of(word) != 0;
}

/* ---- names ---- */

static bool is_marked(int descriptor) {
    char found[sizeof mark];
    return pread(descriptor, found, sizeof found, sizeof(sem_t)) == (ssize_t)sizeof found &&
           memcmp(found, mark, sizeof found) == 0;
}

/* Whether this user has made it with this library. */
static bool is_own(int descriptor) {
    struct stat about;
    return fstat(descriptor, &about) == 0 && S_ISREG(about.st_mode) && about.st_uid == geteuid() &&
           is_marked(descriptor);
}

bool ferryi_glibc_semaphore_is_ours(const ferryi_glibc_semaphore *semaphore) {
    return is_marked((int)semaphore->shm.handle);
}

void ferryi_glibc_semaphore_close(ferryi_glibc_semaphore **semaphore, bool removes) {
    ferryi_glibc_semaphore *s = *semaphore;
    if (s == NULL)
        return;
    ferryi_guard_unwatch(&s->shm);
    if (removes && (s->is_made || is_own((int)s->shm.handle)))
        ferryi_names_leave(s->path, &s->shm);
    ferryi_shm_close(&s->shm);
    free(s);
    *semaphore = NULL;
}

bool ferryi_glibc_semaphore_remove(const char *path, bool only_unused) {
    int descriptor = ferryi_names_open(path, O_RDWR);
    if (descriptor < 0)
        return false;
    bool removed = is_own(descriptor) &&
                   (only_unused ? ferryi_names_remove_unused(path, descriptor) : unlink(path) == 0);
    close(descriptor);
    return removed;
}

bool ferryi_glibc_semaphore_is_own(const char *path) {
    struct stat about;
    /* First from outside: to open a pipe can be noticed at its other end. */
    if (lstat(path, &about) != 0 || !S_ISREG(about.st_mode))
        return false;
    int descriptor = ferryi_names_open(path, O_RDONLY);
    if (descriptor < 0)
        return false;
    bool own = is_own(descriptor);
    close(descriptor);
    return own;
}
