/* Open file description locks, fcntl(2): they end with the last descriptor of the open file, hence
 * with the process, and F_OFD_GETLK looks at them without taking them.
 *
 * The open file is one of its own, never that of the mapping: a mapping keeps its open file alive,
 * and a forked child inherits mappings, so the lock of a dead parent would live on in the child. */
#define _GNU_SOURCE
#include "../lease.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

#include "../../support/error.h"
#include "../../support/fault.h"
#include "../identity.h"
#include "paths.h"

/* The one piece of global state in the library: all open holders, so that the child of a fork can
 * close them. Guarded by holders_mutex, which the fork handlers hold across the fork. */
static pthread_mutex_t holders_mutex = PTHREAD_MUTEX_INITIALIZER;
static ferryi_leases *holders;
static pthread_once_t handlers_once = PTHREAD_ONCE_INIT;
static int handlers_result;
static _Atomic(uint32_t) fork_count;

uint32_t ferryi_fork_count(void) {
    /* Relaxed: it changes only in a child that has one thread. */
    return atomic_load_explicit(&fork_count, memory_order_relaxed);
}

static void before_fork(void) {
    pthread_mutex_lock(&holders_mutex);
}

static void after_fork_in_parent(void) {
    pthread_mutex_unlock(&holders_mutex);
}

static void after_fork_in_child(void) {
    for (ferryi_leases *holder = holders; holder != NULL; holder = holder->next) {
        close(holder->descriptor);
        holder->descriptor = -1;
    }
    holders = NULL;
    atomic_fetch_add_explicit(&fork_count, 1, memory_order_relaxed);
    pthread_mutex_unlock(&holders_mutex);
}

static void install_handlers(void) {
    handlers_result = pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
}

ferry_status ferryi_leases_open(ferryi_leases *out, const ferryi_shm *shm, ferry_error *error) {
    pthread_once(&handlers_once, install_handlers);
    if (handlers_result != 0)
        return ferryi_fail_errno(error, handlers_result, "cannot install a fork handler");
    char path[FERRYI_FD_PATH_BYTES];
    ferryi_fd_path(path, shm->descriptor);

    pthread_mutex_lock(&holders_mutex);
    /* Opened under the mutex, lest a fork falls between opening and noting it down. */
    out->descriptor = open(path, O_RDWR | O_CLOEXEC);
    int code = errno;
    if (out->descriptor >= 0) {
        out->previous = NULL;
        out->next = holders;
        if (holders != NULL)
            holders->previous = out;
        holders = out;
    }
    pthread_mutex_unlock(&holders_mutex);
    return out->descriptor >= 0
               ? FERRY_OK
               : ferryi_fail_errno(error, code, "cannot open %s for a lease", path);
}

static struct flock range(short type, unsigned index) {
    return (struct flock){
        .l_type = type, .l_whence = SEEK_SET, .l_start = (off_t)index, .l_len = 1};
}

bool ferryi_lease_take(const ferryi_leases *leases, unsigned index) {
    struct flock lock = range(F_WRLCK, index);
    return fcntl(leases->descriptor, F_OFD_SETLK, &lock) == 0;
}

void ferryi_lease_drop(const ferryi_leases *leases, unsigned index) {
    struct flock lock = range(F_UNLCK, index);
    fcntl(leases->descriptor, F_OFD_SETLK, &lock);
}

bool ferryi_lease_is_held(const ferryi_shm *shm, unsigned index) {
    struct flock lock = range(F_WRLCK, index);
    /* A look that fails says nothing of the peer, which therefore counts as alive. */
    return fcntl(shm->descriptor, F_OFD_GETLK, &lock) != 0 || lock.l_type != F_UNLCK;
}

bool ferryi_leases_alone(const ferryi_leases *leases) {
    /* A file lease of fcntl(2) for writing is granted only while nobody else has the file open, and
     * a mapping keeps its file open: the kernel's own answer to "is anyone using this?". Should
     * somebody open it in the moment before the lease is given back, the kernel sends a signal: one
     * that does nothing by default, instead of SIGIO, which would end the process. */
    if (fcntl(leases->descriptor, F_SETSIG, SIGURG) != 0 ||
        fcntl(leases->descriptor, F_SETLEASE, F_WRLCK) != 0)
        return false;
    FERRYI_FAULT("alone.granted");
    fcntl(leases->descriptor, F_SETLEASE, F_UNLCK);
    return true;
}

void ferryi_leases_close(ferryi_leases *leases) {
    pthread_mutex_lock(&holders_mutex);
    if (leases->descriptor >= 0) {
        if (leases->previous != NULL)
            leases->previous->next = leases->next;
        else
            holders = leases->next;
        if (leases->next != NULL)
            leases->next->previous = leases->previous;
        close(leases->descriptor);
    }
    *leases = (ferryi_leases)FERRYI_LEASES_INIT;
    pthread_mutex_unlock(&holders_mutex);
}
