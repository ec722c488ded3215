#define _GNU_SOURCE
#include "platform/guard.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>

#include <frameferry/guard.h>

#include "support/error.h"

/* A table of fixed size, since the handler may neither lock nor follow a list that changes. base is
 * written last when an entry is made and first when it is ended; while base is 0 the
 * handler does not look at the rest (G1 and G2 below). */
enum { RANGES = 512 };
static struct range {
    _Atomic(uintptr_t) base;
    size_t size;
    int protection;
    atomic_bool *hit;
} ranges[RANGES];

static pthread_mutex_t ranges_mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t fork_once = PTHREAD_ONCE_INIT;
static pthread_once_t install_once = PTHREAD_ONCE_INIT;
static ferry_status install_result;
static struct sigaction previous;

static void lock_ranges(void) {
    pthread_mutex_lock(&ranges_mutex);
}

static void unlock_ranges(void) {
    pthread_mutex_unlock(&ranges_mutex);
}

/* Otherwise a child could inherit the mutex from a thread that it does not have. */
static void install_fork_handlers(void) {
    pthread_atfork(lock_ranges, unlock_ranges, unlock_ranges);
}

void ferryi_guard_watch(ferryi_shm *shm, ferryi_shm_access access, atomic_bool *hit) {
    pthread_once(&fork_once, install_fork_handlers);
    pthread_mutex_lock(&ranges_mutex);
    for (unsigned i = 0; i < RANGES; i++) {
        if (atomic_load_explicit(&ranges[i].base, memory_order_relaxed) != 0)
            continue;
        ranges[i].size = (size_t)shm->size_bytes;
        ranges[i].protection = access == FERRYI_SHM_WRITE ? PROT_READ | PROT_WRITE : PROT_READ;
        ranges[i].hit = hit;
        /* G1 pairs with G2: the handler that sees base sees the rest. */
        atomic_store_explicit(&ranges[i].base, (uintptr_t)shm->base, memory_order_release);
        shm->watch = i + 1;
        break;
    }
    pthread_mutex_unlock(&ranges_mutex);
}

void ferryi_guard_unwatch(ferryi_shm *shm) {
    if (shm->watch == 0)
        return;
    pthread_mutex_lock(&ranges_mutex);
    /* Relaxed: only holders of the mutex change it, and nobody reads this handle's mapping. */
    atomic_store_explicit(&ranges[shm->watch - 1].base, 0, memory_order_relaxed);
    pthread_mutex_unlock(&ranges_mutex);
    shm->watch = 0;
}

/* Puts zero pages in the place of the mapping around an address, if it is one of ours. */
static bool mend(uintptr_t address) {
    for (size_t i = 0; i < RANGES; i++) {
        /* G2 pairs with G1. */
        uintptr_t base = atomic_load_explicit(&ranges[i].base, memory_order_acquire);
        size_t size = ranges[i].size;
        int protection = ranges[i].protection;
        if (base == 0 || address < base || address - base >= size)
            continue;
        /* Once more: the entry may have become another mapping's before its size was read, and
         * the fence keeps those reads before this one. */
        atomic_thread_fence(memory_order_acquire);
        if (atomic_load_explicit(&ranges[i].base, memory_order_relaxed) != base)
            continue;
        void *zeros = mmap((void *)base, size, protection,
                           MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (zeros == MAP_FAILED)
            return false;
        atomic_store(ranges[i].hit, true);
        return true;
    }
    return false;
}

/* Does what would have happened without us. */
static void pass_on(int number, siginfo_t *info, void *context) {
    bool sent = info->si_code <= 0; /* by a process, as by kill(2); a fault's code is positive */
    if ((previous.sa_flags & SA_SIGINFO) != 0) {
        previous.sa_sigaction(number, info, context);
    } else if (previous.sa_handler != SIG_DFL && previous.sa_handler != SIG_IGN) {
        previous.sa_handler(number);
    } else if (previous.sa_handler == SIG_DFL || !sent) {
        /* Back to what was there. A faulting instruction runs again and meets it; a signal that was
         * sent has to be sent again. */
        sigaction(SIGBUS, &previous, NULL);
        if (sent)
            raise(number);
    }
}

static void on_sigbus(int number, siginfo_t *info, void *context) {
    int saved = errno;
    if (mend((uintptr_t)info->si_addr)) {
        errno = saved;
        return;
    }
    errno = saved;
    pass_on(number, info, context);
}

static void install(void) {
    struct sigaction action = {.sa_sigaction = on_sigbus, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    sigemptyset(&action.sa_mask);
    install_result = sigaction(SIGBUS, &action, &previous) == 0 ? FERRY_OK : FERRY_SYSTEM_ERROR;
}

ferry_status ferry_guard_install(void) {
    pthread_once(&install_once, install);
    return install_result;
}
