/* Open file description locks, fcntl(2): they end with the last descriptor of the open file, hence
 * with the process, and F_OFD_GETLK looks at them without taking them.
 *
 * The open file is one of its own, never that of the mapping: a mapping keeps its open file alive,
 * and a forked child inherits mappings, so the lock of a dead parent would live on in the child. */
#define _GNU_SOURCE
#include "platform/lease.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "platform/linux/fd_path.h"
#include "platform/linux/names.h"
#include "platform/self.h"
#include "support/error.h"

typedef struct ferryi_holder {
    int descriptor; /* -1: this is a forked child */
    struct ferryi_holder *previous, *next;
} ferryi_holder;

/* All open holders of the process, so that the child of a fork can close them. Guarded by
 * holders_mutex, which the fork handlers hold across the fork. */
static pthread_mutex_t holders_mutex = PTHREAD_MUTEX_INITIALIZER;
static ferryi_holder *holders;
static pthread_once_t handlers_once = PTHREAD_ONCE_INIT;
static int handlers_result;

static void before_fork(void) {
    pthread_mutex_lock(&holders_mutex);
}

static void after_fork_in_parent(void) {
    pthread_mutex_unlock(&holders_mutex);
}

static void after_fork_in_child(void) {
    for (ferryi_holder *holder = holders; holder != NULL; holder = holder->next) {
        close(holder->descriptor);
        holder->descriptor = -1;
    }
    holders = NULL;
    pthread_mutex_unlock(&holders_mutex);
}

static void install_handlers(void) {
    handlers_result = pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
}

static struct flock range(short type, unsigned index) {
    return (struct flock){
        .l_type = type, .l_whence = SEEK_SET, .l_start = (off_t)index, .l_len = 1};
}

/* Says why a lock cannot be had that nobody else has. */
static ferry_status refused(int code, ferry_error *error) {
    switch (code) {
    case EINVAL:
    case ENOSYS:
    case EOPNOTSUPP:
        return ferryi_fail(error, FERRY_NOT_SUPPORTED, code,
                           "there are no open file description locks for /dev/shm here, by which "
                           "one side knows that the other is alive: it takes Linux 3.15 or later, "
                           "and a tmpfs there");
    default: return ferryi_fail_errno(error, code, "cannot lock an object in /dev/shm");
    }
}

/* Tries the lock of a byte that stands for no lease. Another holder may be trying it too. */
static ferry_status try_locks(int descriptor, ferry_error *error) {
    struct flock lock = range(F_WRLCK, FERRYI_LEASES);
    if (fcntl(descriptor, F_OFD_SETLK, &lock) != 0)
        return errno == EAGAIN ? FERRY_OK : refused(errno, error);
    lock.l_type = F_UNLCK;
    fcntl(descriptor, F_OFD_SETLK, &lock);
    return FERRY_OK;
}

ferry_status ferryi_leases_check(const ferryi_shm *shm, ferry_error *error) {
    struct flock lock = range(F_WRLCK, FERRYI_LEASES);
    bool can_look = fcntl((int)shm->handle, F_OFD_GETLK, &lock) == 0;
    return can_look ? FERRY_OK : refused(errno, error);
}

ferry_status ferryi_leases_open(ferryi_leases *out, const ferryi_shm *shm, ferry_error *error) {
    ferry_status status = ferryi_self_count_forks(error);
    if (status != FERRY_OK)
        return status;
    pthread_once(&handlers_once, install_handlers);
    if (handlers_result != 0)
        return ferryi_fail_errno(error, handlers_result, "cannot install a fork handler");
    ferryi_holder *holder = malloc(sizeof *holder);
    if (holder == NULL)
        return ferryi_fail(error, FERRY_NO_MEMORY, 0, "out of memory");
    char path[FERRYI_FD_PATH_BYTES];
    ferryi_fd_path(path, (int)shm->handle);

    pthread_mutex_lock(&holders_mutex);
    /* Opened under the mutex, so that no fork falls between opening and noting it down. */
    int descriptor = open(path, O_RDWR | O_CLOEXEC);
    int code = errno;
    if (descriptor >= 0) {
        *holder = (ferryi_holder){.descriptor = descriptor, .next = holders};
        if (holders != NULL)
            holders->previous = holder;
        holders = holder;
    }
    pthread_mutex_unlock(&holders_mutex);
    if (descriptor < 0) {
        free(holder);
        return ferryi_fail_errno(error, code, "cannot open %s for a lease", path);
    }
    out->holder = holder;
    status = try_locks(descriptor, error);
    if (status != FERRY_OK)
        ferryi_leases_close(out);
    return status;
}

static int descriptor_of(const ferryi_leases *leases) {
    return leases->holder != NULL ? leases->holder->descriptor : -1;
}

bool ferryi_lease_take(const ferryi_leases *leases, unsigned index) {
    struct flock lock = range(F_WRLCK, index);
    return fcntl(descriptor_of(leases), F_OFD_SETLK, &lock) == 0;
}

void ferryi_lease_drop(const ferryi_leases *leases, unsigned index) {
    struct flock lock = range(F_UNLCK, index);
    fcntl(descriptor_of(leases), F_OFD_SETLK, &lock);
}

bool ferryi_lease_is_held(const ferryi_shm *shm, unsigned index) {
    struct flock lock = range(F_WRLCK, index);
    /* A look that fails says nothing of the peer, which therefore counts as alive. */
    return fcntl((int)shm->handle, F_OFD_GETLK, &lock) != 0 || lock.l_type != F_UNLCK;
}

bool ferryi_leases_alone(const ferryi_leases *leases) {
    return ferryi_names_is_alone(descriptor_of(leases));
}

void ferryi_leases_close(ferryi_leases *leases) {
    ferryi_holder *holder = leases->holder;
    if (holder == NULL)
        return;
    pthread_mutex_lock(&holders_mutex);
    if (holder->descriptor >= 0) {
        if (holder->previous != NULL)
            holder->previous->next = holder->next;
        else
            holders = holder->next;
        if (holder->next != NULL)
            holder->next->previous = holder->previous;
        close(holder->descriptor);
    }
    pthread_mutex_unlock(&holders_mutex);
    free(holder);
    leases->holder = NULL;
}
