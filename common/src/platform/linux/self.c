#define _GNU_SOURCE
#include "platform/self.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/random.h>
#include <unistd.h>

#include <frameferry/clock.h>

#include "support/error.h"

static _Atomic(uint32_t) fork_count;
static pthread_once_t handler_once = PTHREAD_ONCE_INIT;
static int handler_result;

uint64_t ferryi_self_random_id(void) {
    uint64_t id = 0;
    while (id == 0) {
        /* Requests of up to 256 bytes are never cut short once the generator is set up
         * (getrandom(2)). Where the call is forbidden, time and process still tell one life from
         * the next. */
        if (getrandom(&id, sizeof id, 0) != (ssize_t)sizeof id && errno != EINTR)
            id = ferry_clock_ns() * UINT64_C(0x9e3779b97f4a7c15) ^ (uint64_t)getpid();
    }
    return id;
}

uint32_t ferryi_self_process_id(void) {
    return (uint32_t)getpid();
}

const char *ferryi_self_program_name(void) {
    return program_invocation_short_name;
}

void ferryi_self_user(char *out, size_t capacity) {
    snprintf(out, capacity, "%lu", (unsigned long)geteuid());
}

static void count_fork(void) {
    atomic_fetch_add_explicit(&fork_count, 1, memory_order_relaxed);
}

static void install_handler(void) {
    handler_result = pthread_atfork(NULL, NULL, count_fork);
}

ferry_status ferryi_self_count_forks(ferry_error *error) {
    pthread_once(&handler_once, install_handler);
    if (handler_result != 0)
        return ferryi_fail_errno(error, handler_result, "cannot install a fork handler");
    return FERRY_OK;
}

uint32_t ferryi_self_fork_count(void) {
    /* Relaxed: it changes only in a child that has one thread. */
    return atomic_load_explicit(&fork_count, memory_order_relaxed);
}
