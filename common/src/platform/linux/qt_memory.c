/* Source: shmget(2), shmop(2), shmctl(2); qsharedmemory_systemv.cpp and qsharedmemory.cpp of Qt
 * 5.15.
 *
 * The order of steps is Qt's, in two places with more care. Qt sets the lock of a memory that it
 * wants to make, also while somebody has it; here it is taken, and set only when it cannot be had.
 * Qt removes the lock after it has given it back, so that somebody may have it then, whose giving
 * back makes a lock of 2 that two can have; here it is removed by one who has it. */
#define _GNU_SOURCE
#include "platform/qt_memory.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/shm.h>
#include <sys/stat.h>

#include "platform/linux/qt_file.h"
#include "platform/linux/qt_semaphore.h"
#include "platform/qt_key.h"
#include "support/deadline.h"
#include "support/error.h"

/* For how long a lock is waited for that nobody should keep. */
#define PATIENCE_NS FERRY_SECOND_NS

typedef struct ferryi_qt_handles {
    ferryi_qt_file file;
    int segment;
    ferryi_qt_semaphore *lock;
    bool has_lock;
} ferryi_qt_handles;

/* ---- parts ---- */

static bool take_lock(ferryi_qt_handles *handles, int64_t timeout_ns) {
    uint64_t deadline_ns = ferryi_deadline(timeout_ns);
    while (!handles->has_lock) {
        int64_t left_ns = ferryi_deadline_left(deadline_ns, FERRYI_SLICE_NS);
        handles->has_lock = ferryi_qt_semaphore_acquire(handles->lock, left_ns);
        if (left_ns == 0)
            break;
    }
    return handles->has_lock;
}

static void give_lock(ferryi_qt_handles *handles) {
    if (handles->has_lock)
        ferryi_qt_semaphore_release(handles->lock);
    handles->has_lock = false;
}

/* Finds the segment, and does nothing to it. FERRY_NO_PRODUCER: there is none. */
static ferry_status find(ferryi_qt_handles *handles, struct shmid_ds *about, ferry_error *error) {
    ferry_status status = ferryi_qt_file_find(&handles->file, error);
    if (status != FERRY_OK)
        return status;
    const char *path = handles->file.path;
    handles->segment = shmget(handles->file.number, 0, 0);
    bool found = handles->segment >= 0 && shmctl(handles->segment, IPC_STAT, about) == 0;
    if (!found && (errno == ENOENT || errno == EINVAL || errno == EIDRM))
        return ferryi_fail(error, FERRY_NO_PRODUCER, errno, "%s has no memory", path);
    if (!found)
        return ferryi_fail_errno(error, errno, "cannot look at the memory of %s", path);
    return ferryi_qt_file_check(&about->shm_perm, &handles->file, error);
}

static ferry_status start(ferryi_qt_handles **out, const char *key, ferry_error *error) {
    ferryi_qt_handles *made = calloc(1, sizeof *made);
    if (made == NULL)
        return ferryi_fail(error, FERRY_NO_MEMORY, 0, "no memory for Qt's memory");
    made->segment = -1;
    ferry_status status = ferryi_qt_file_name(&made->file, FERRYI_QT_MEMORY_PREFIX, key, error);
    if (status == FERRY_OK)
        *out = made;
    else
        free(made);
    return status;
}

/* Ends without memory. A lock that this has made goes again, unless somebody has it: that one would
 * give it back to the next one's. */
static void give_up(ferryi_qt_handles *handles) {
    bool removes =
        handles->lock != NULL && handles->has_lock && ferryi_qt_semaphore_is_own(handles->lock);
    if (!removes)
        give_lock(handles);
    ferryi_qt_semaphore_end(&handles->lock, removes);
    free(handles);
}

/* Maps the segment. FERRY_NO_PRODUCER: it goes with those who are attached to it. */
static ferry_status map(ferryi_qt_memory *out, ferryi_qt_handles *handles, bool writes,
                        ferry_error *error) {
    const char *path = handles->file.path;
    struct shmid_ds about;
    void *base = shmat(handles->segment, NULL, writes ? 0 : SHM_RDONLY);
    if (base == (void *)-1) /* NOLINT: as the manual has it */
        return errno == EINVAL || errno == EIDRM
                   ? ferryi_fail(error, FERRY_NO_PRODUCER, errno, "%s has no memory", path)
                   : ferryi_fail_errno(error, errno, "cannot attach to the memory of %s", path);
    if (shmctl(handles->segment, IPC_STAT, &about) != 0 || (about.shm_perm.mode & SHM_DEST) != 0) {
        shmdt(base);
        return ferryi_fail(error, FERRY_NO_PRODUCER, 0, "%s has no memory any more", path);
    }
    out->base = base;
    out->size_bytes = about.shm_segsz;
    out->handles = handles;
    return FERRY_OK;
}

/* ---- making ---- */

static ferry_status refuse_busy(const ferryi_qt_handles *handles, const struct shmid_ds *about,
                                ferry_error *error) {
    const char *path = handles->file.path;
    if (about != NULL && about->shm_nattch == 0)
        return ferryi_fail(error, FERRY_BUSY, EEXIST,
                           "%s has memory that a process has left behind: attach and detach "
                           "clears it, and so does ipcrm -m %d",
                           path, handles->segment);
    return ferryi_fail(error, FERRY_BUSY, EEXIST, "%s has memory already, which is in use", path);
}

/* Opens the lock and takes it, before there is memory. */
static ferry_status seize_lock(ferryi_qt_handles *handles, const char *key, ferry_error *error) {
    ferry_status status = ferryi_qt_semaphore_open(&handles->lock, key, 1, false, error);
    if (status != FERRY_OK)
        return status;
    if (!take_lock(handles, PATIENCE_NS)) {
        ferryi_qt_semaphore_set(handles->lock, 1);
        take_lock(handles, PATIENCE_NS);
    }
    return FERRY_OK;
}

static ferry_status refuse_segment(int code, uint64_t bytes, const char *path, ferry_error *error) {
    if (code == EINVAL || code == ENOSPC)
        return ferryi_fail(error, FERRY_NO_SPACE, code,
                           "the system allows no memory of %llu bytes for %s (ipcs -lm has its "
                           "limits)",
                           (unsigned long long)bytes, path);
    return ferryi_fail_errno(error, code, "cannot make memory of %llu bytes for %s",
                             (unsigned long long)bytes, path);
}

static ferry_status make_segment(ferryi_qt_memory *out, ferryi_qt_handles *handles, uint64_t bytes,
                                 ferry_error *error) {
    bool made = false;
    ferry_status status = ferryi_qt_file_make(&handles->file, &made, error);
    if (status != FERRY_OK)
        return status;
    handles->segment =
        shmget(handles->file.number, (size_t)bytes, S_IRUSR | S_IWUSR | IPC_CREAT | IPC_EXCL);
    if (handles->segment < 0 && errno == EEXIST)
        return refuse_busy(handles, NULL, error);
    if (handles->segment < 0)
        status = refuse_segment(errno, bytes, handles->file.path, error);
    if (status == FERRY_OK)
        status = map(out, handles, true, error);
    if (status == FERRY_OK)
        return status;
    if (handles->segment >= 0)
        shmctl(handles->segment, IPC_RMID, NULL);
    if (made)
        ferryi_qt_file_remove(&handles->file);
    return status;
}

ferry_status ferryi_qt_memory_create(ferryi_qt_memory *out, const char *key, uint64_t bytes,
                                     ferry_error *error) {
    ferryi_qt_handles *handles = NULL;
    ferry_error trouble;
    struct shmid_ds about;
    if (bytes == 0 || bytes > INT32_MAX)
        return ferryi_fail(error, FERRY_INVALID_ARGUMENT, 0,
                           "memory of Qt has from 1 to %ld bytes, not %llu", (long)INT32_MAX,
                           (unsigned long long)bytes);
    ferry_status status = start(&handles, key, error);
    if (status != FERRY_OK)
        return status;
    /* Before the lock is touched, which others may have. That there is no memory is no failure. */
    status = find(handles, &about, &trouble);
    if (status == FERRY_OK)
        status = refuse_busy(handles, &about, error);
    else if (status == FERRY_NO_PRODUCER)
        status = seize_lock(handles, key, error);
    else if (error != NULL)
        *error = trouble;
    if (status == FERRY_OK)
        status = make_segment(out, handles, bytes, error);
    if (status != FERRY_OK) {
        give_up(handles);
        return status;
    }
    /* Not given back, but set: it may have been given back once too often before. */
    ferryi_qt_semaphore_own(handles->lock);
    ferryi_qt_semaphore_set(handles->lock, 1);
    handles->has_lock = false;
    return FERRY_OK;
}

/* ---- using ---- */

ferry_status ferryi_qt_memory_attach(ferryi_qt_memory *out, const char *key, bool writes,
                                     ferry_error *error) {
    ferryi_qt_handles *handles = NULL;
    struct shmid_ds about;
    ferry_status status = start(&handles, key, error);
    if (status != FERRY_OK)
        return status;
    /* One who looks for memory again and again makes no lock before there is any. */
    status = find(handles, &about, error);
    if (status == FERRY_OK)
        status = ferryi_qt_semaphore_open(&handles->lock, key, 1, false, error);
    if (status == FERRY_OK) {
        take_lock(handles, FERRYI_SLICE_NS);
        status = find(handles, &about, error);
    }
    if (status == FERRY_OK)
        status = map(out, handles, writes, error);
    if (status == FERRY_OK)
        give_lock(handles);
    else
        give_up(handles);
    return status;
}

bool ferryi_qt_memory_lock(ferryi_qt_memory *memory, int64_t timeout_ns) {
    ferryi_qt_handles *handles = memory->handles;
    handles->has_lock = ferryi_qt_semaphore_acquire(handles->lock, timeout_ns);
    return handles->has_lock;
}

void ferryi_qt_memory_unlock(ferryi_qt_memory *memory) {
    give_lock(memory->handles);
}

/* Removes the segment, which this process has let go of, if nobody is attached to it. */
static bool remove_last(const ferryi_qt_handles *handles) {
    struct shmid_ds about;
    if (shmctl(handles->segment, IPC_STAT, &about) != 0 || about.shm_nattch > 0 ||
        shmctl(handles->segment, IPC_RMID, NULL) != 0)
        return false;
    ferryi_qt_file_remove(&handles->file);
    return true;
}

void ferryi_qt_memory_detach(ferryi_qt_memory *memory) {
    ferryi_qt_handles *handles = memory->handles;
    if (memory->base == NULL)
        return;
    take_lock(handles, PATIENCE_NS);
    shmdt(memory->base);
    bool is_last = remove_last(handles);
    /* A lock that another one keeps stays for it. One that nobody has who is attached is dead. */
    bool removes = is_last || (handles->has_lock && ferryi_qt_semaphore_is_own(handles->lock));
    if (!removes)
        give_lock(handles);
    ferryi_qt_semaphore_end(&handles->lock, removes);
    free(handles);
    *memory = (ferryi_qt_memory)FERRYI_QT_MEMORY_INIT;
}
