/* Source: futex(2). */
#define _GNU_SOURCE
#include "platform/event.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <frameferry/clock.h>

/* A futex word is 32 bits by the kernel's definition (futex(2)); the C object must be no more. */
_Static_assert(sizeof(_Atomic(uint32_t)) == 4, "a futex word has 32 bits");

ferry_status ferryi_event_open(ferryi_event *out, const ferryi_shm *shm, unsigned index,
                               _Atomic(uint32_t) *word, unsigned mode, ferry_error *error) {
    (void)shm;
    (void)index;
    (void)mode;
    (void)error;
    *out = (ferryi_event){.word = word};
    return FERRY_OK;
}

void ferryi_event_wake(ferryi_event event) {
    int saved = errno;
    syscall(SYS_futex, event.word, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
    errno = saved;
}

void ferryi_event_sleep(ferryi_event event, int64_t timeout_ns) {
    struct timespec timeout = {.tv_sec = (time_t)(timeout_ns / FERRY_SECOND_NS),
                               .tv_nsec = (long)(timeout_ns % FERRY_SECOND_NS)};
    /* The kernel compares the word again before it sleeps: a set has changed it. */
    syscall(SYS_futex, event.word, FUTEX_WAIT, FERRYI_EVENT_SLEEPING, &timeout, NULL, 0);
}

void ferryi_event_close(ferryi_event *event) {
    event->word = NULL;
}
