/* Source: semget(2), semop(2), semctl(2); qsystemsemaphore_systemv.cpp of Qt 5.15. */
#define _GNU_SOURCE
#include "platform/linux/qt_semaphore.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/sem.h>
#include <sys/stat.h>
#include <time.h>

#include "platform/clock.h"
#include "platform/linux/qt_file.h"
#include "platform/qt_key.h"
#include "platform/self.h"
#include "support/deadline.h"
#include "support/error.h"

enum { MODE = S_IRUSR | S_IWUSR, HIGHEST = 32767 /* the system's, SEMVMX */ };

struct ferryi_qt_semaphore {
    ferryi_qt_file file;
    int set;             /* -1: somebody has removed it */
    uint32_t value;      /* of one that this makes */
    bool owns;           /* it goes when this is closed */
    bool has_taken;      /* what the system gives back if this process dies now: nothing, or 1 */
    uint32_t fork_count; /* of the process that opened it: what was taken is that one's, and so is
                            the right to remove it */
    time_t set_at;       /* when its value was set last, as far as has_taken is concerned */
};

/* semctl(2) has the caller define it. */
union argument {
    int val;
    struct semid_ds *buf;
};

/* ---- finding it ---- */

static bool is_removed(int code) {
    return code == EINVAL || code == EIDRM;
}

/* When the semaphore was set last, which makes the system forget what it has to give back: 0 if it
 * has been removed. In whole seconds: a second set within one is not seen. */
static time_t ask_set_at(const ferryi_qt_semaphore *semaphore) {
    struct semid_ds about;
    return semctl(semaphore->set, 0, IPC_STAT, (union argument){.buf = &about}) == 0
               ? about.sem_ctime
               : 0;
}

static ferry_status check(const ferryi_qt_semaphore *semaphore, ferry_error *error) {
    struct semid_ds about;
    if (semctl(semaphore->set, 0, IPC_STAT, (union argument){.buf = &about}) == 0)
        return ferryi_qt_file_check(&about.sem_perm, &semaphore->file, error);
    if (is_removed(errno))
        return FERRY_NO_PRODUCER;
    return ferryi_fail_errno(error, errno, "cannot look at the semaphore of %s",
                             semaphore->file.path);
}

/* FERRY_NO_PRODUCER: somebody has removed it just now. */
static ferry_status find_set(ferryi_qt_semaphore *semaphore, bool *is_new, ferry_error *error) {
    semaphore->set = semget(semaphore->file.number, 1, MODE | IPC_CREAT | IPC_EXCL);
    *is_new = semaphore->set >= 0;
    if (!*is_new && errno == EEXIST)
        semaphore->set = semget(semaphore->file.number, 1, 0);
    if (semaphore->set >= 0)
        return check(semaphore, error);
    if (errno == ENOENT)
        return FERRY_NO_PRODUCER;
    return ferryi_fail_errno(error, errno, "cannot make the semaphore of %s%s",
                             semaphore->file.path,
                             errno == ENOSPC ? " (ipcs -ls has the system's limits)" : "");
}

/* Removes it, but not the file of one that others have made in its place. */
static void remove_set(const ferryi_qt_semaphore *semaphore) {
    int now = semget(semaphore->file.number, 1, 0);
    /* The file first: then nobody finds a set that goes. */
    if (now < 0 || now == semaphore->set)
        ferryi_qt_file_remove(&semaphore->file);
    semctl(semaphore->set, 0, IPC_RMID);
}

static ferry_status connect_once(ferryi_qt_semaphore *semaphore, bool creates, ferry_error *error) {
    bool made = false, is_new = false;
    ferry_status status = ferryi_qt_file_make(&semaphore->file, &made, error);
    if (status == FERRY_OK)
        status = find_set(semaphore, &is_new, error);
    if (status == FERRY_OK && (is_new || creates)) {
        semaphore->owns = true;
        if (semctl(semaphore->set, 0, SETVAL, (union argument){.val = (int)semaphore->value}) != 0)
            status = is_removed(errno)
                         ? FERRY_NO_PRODUCER
                         : ferryi_fail_errno(error, errno, "cannot set the semaphore of %s",
                                             semaphore->file.path);
    }
    if (status == FERRY_OK)
        return status;
    if (is_new)
        remove_set(semaphore);
    else if (made)
        ferryi_qt_file_remove(&semaphore->file);
    semaphore->set = -1;
    return status;
}

static ferry_status connect_set(ferryi_qt_semaphore *semaphore, bool creates, ferry_error *error) {
    enum { ATTEMPTS = 100 };
    ferry_status status = FERRY_NO_PRODUCER;
    semaphore->owns = semaphore->has_taken = false;
    for (int i = 0; i < ATTEMPTS && status == FERRY_NO_PRODUCER; i++)
        status = connect_once(semaphore, creates, error);
    if (status == FERRY_NO_PRODUCER)
        status = ferryi_fail(error, FERRY_SYSTEM_ERROR, EIDRM,
                             "the semaphore of %s is removed as often as it is made",
                             semaphore->file.path);
    return status;
}

/* After others have removed it: makes it, or finds that of somebody who has. */
static bool reconnect(ferryi_qt_semaphore *semaphore) {
    return connect_set(semaphore, false, NULL) == FERRY_OK;
}

/* ---- taking and giving ---- */

static bool operate(const ferryi_qt_semaphore *semaphore, short change, short flags) {
    struct sembuf one = {.sem_op = change, .sem_flg = flags};
    return semop(semaphore->set, &one, 1) == 0;
}

/* Has the system forget what it would give back, and leaves the value as it is. */
static void settle(ferryi_qt_semaphore *semaphore) {
    struct sembuf both[] = {{.sem_op = 1, .sem_flg = SEM_UNDO | IPC_NOWAIT},
                            {.sem_op = -1, .sem_flg = IPC_NOWAIT}};
    if (semaphore->has_taken && ask_set_at(semaphore) == semaphore->set_at)
        semop(semaphore->set, both, 2);
    semaphore->has_taken = false;
}

/* Takes, and has the system note what it has to give back, which *undoes says, where there is room.
 */
static bool take(const ferryi_qt_semaphore *semaphore, int64_t timeout_ns, bool *undoes) {
    struct sembuf one = {.sem_op = -1, .sem_flg = SEM_UNDO};
    struct timespec limit = {.tv_sec = (time_t)(timeout_ns / FERRY_SECOND_NS),
                             .tv_nsec = (long)(timeout_ns % FERRY_SECOND_NS)};
    *undoes = true;
    if (semtimedop(semaphore->set, &one, 1, &limit) == 0)
        return true;
    if (errno != ENOSPC && errno != ENOMEM && errno != ERANGE)
        return false;
    *undoes = false;
    one.sem_flg = 0;
    return semtimedop(semaphore->set, &one, 1, &limit) == 0;
}

bool ferryi_qt_semaphore_acquire(ferryi_qt_semaphore *semaphore, int64_t timeout_ns) {
    const int64_t pause_ns = FERRYI_SLICE_NS / 10;
    if (timeout_ns > FERRYI_SLICE_NS)
        timeout_ns = FERRYI_SLICE_NS;
    if (timeout_ns < 0)
        timeout_ns = 0;
    settle(semaphore);
    if (semaphore->set >= 0 && take(semaphore, timeout_ns, &semaphore->has_taken)) {
        semaphore->set_at = ask_set_at(semaphore);
        return true;
    }
    bool waited = semaphore->set >= 0 && (errno == EAGAIN || errno == EINTR);
    bool removed = semaphore->set < 0 || is_removed(errno);
    semaphore->has_taken = false;
    if (!waited && !(removed && reconnect(semaphore)))
        ferryi_clock_pause(timeout_ns < pause_ns ? timeout_ns : pause_ns);
    return false;
}

void ferryi_qt_semaphore_release(ferryi_qt_semaphore *semaphore) {
    bool has_taken = semaphore->has_taken;
    semaphore->has_taken = false;
    if (has_taken) {
        if (ask_set_at(semaphore) == semaphore->set_at)
            operate(semaphore, 1, SEM_UNDO);
        return;
    }
    if (semaphore->set >= 0 && (operate(semaphore, 1, 0) || !is_removed(errno)))
        return; /* or it is as high as the system lets it be */
    if (reconnect(semaphore))
        operate(semaphore, 1, 0);
}

uint32_t ferryi_qt_semaphore_value(ferryi_qt_semaphore *semaphore) {
    int value = semaphore->set >= 0 ? semctl(semaphore->set, 0, GETVAL) : -1;
    return value > 0 ? (uint32_t)value : 0;
}

/* ---- as a lock ---- */

void ferryi_qt_semaphore_set(ferryi_qt_semaphore *semaphore, uint32_t value) {
    if (semaphore->set >= 0)
        semctl(semaphore->set, 0, SETVAL, (union argument){.val = (int)value});
    semaphore->has_taken = false;
}

bool ferryi_qt_semaphore_is_own(const ferryi_qt_semaphore *semaphore) {
    return semaphore->owns;
}

void ferryi_qt_semaphore_own(ferryi_qt_semaphore *semaphore) {
    semaphore->owns = true;
}

/* ---- its life ---- */

ferry_status ferryi_qt_semaphore_open(ferryi_qt_semaphore **out, const char *key, uint32_t value,
                                      bool creates, ferry_error *error) {
    if (value > HIGHEST)
        return ferryi_fail(error, FERRY_INVALID_ARGUMENT, 0,
                           "a semaphore is at most %d here, not %lu", HIGHEST,
                           (unsigned long)value);
    ferryi_qt_semaphore *made = calloc(1, sizeof *made);
    if (made == NULL)
        return ferryi_fail(error, FERRY_NO_MEMORY, 0, "no memory for a semaphore");
    made->set = -1;
    made->value = value;
    made->fork_count = ferryi_self_fork_count();
    ferry_status status = ferryi_qt_file_name(&made->file, FERRYI_QT_SEMAPHORE_PREFIX, key, error);
    if (status == FERRY_OK)
        status = connect_set(made, creates, error);
    if (status == FERRY_OK)
        *out = made;
    else
        free(made);
    return status;
}

void ferryi_qt_semaphore_end(ferryi_qt_semaphore **semaphore, bool removes) {
    if (*semaphore == NULL)
        return;
    bool is_ours = (*semaphore)->fork_count == ferryi_self_fork_count();
    if (is_ours && removes && (*semaphore)->set >= 0)
        remove_set(*semaphore);
    else if (is_ours)
        settle(*semaphore);
    free(*semaphore);
    *semaphore = NULL;
}

void ferryi_qt_semaphore_close(ferryi_qt_semaphore **semaphore) {
    if (*semaphore != NULL)
        ferryi_qt_semaphore_end(semaphore, (*semaphore)->owns);
}
