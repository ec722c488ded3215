#include "watch.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <frameferry/clock.h>

#include "host/inside.h"

#define EVENTS_MAX 64
#define KEY_OF_WAKE UINT64_MAX

struct watch {
    int poll;
    int wake;
};

watch *watch_open(ferry_error *error) {
    watch *w = calloc(1, sizeof *w);
    if (w == NULL) {
        ferryi_fail(error, FERRY_NO_MEMORY, 0, "out of memory");
        return NULL;
    }
    w->poll = epoll_create1(EPOLL_CLOEXEC);
    w->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = KEY_OF_WAKE};
    if (w->poll < 0 || w->wake < 0 || epoll_ctl(w->poll, EPOLL_CTL_ADD, w->wake, &event) != 0) {
        ferryi_fail_errno(error, errno, "cannot watch sockets");
        watch_close(w);
        return NULL;
    }
    return w;
}

void watch_close(watch *w) {
    if (w == NULL)
        return;
    if (w->poll >= 0)
        close(w->poll);
    if (w->wake >= 0)
        close(w->wake);
    free(w);
}

bool watch_add(watch *w, int socket, uint64_t key, bool for_room) {
    struct epoll_event event = {.events = EPOLLRDHUP | EPOLLONESHOT | (for_room ? EPOLLOUT : 0u),
                                .data.u64 = key};
    return epoll_ctl(w->poll, EPOLL_CTL_ADD, socket, &event) == 0;
}

void watch_remove(watch *w, int socket) {
    epoll_ctl(w->poll, EPOLL_CTL_DEL, socket, NULL);
}

void watch_wake(watch *w) {
    uint64_t one = 1;
    ssize_t written = write(w->wake, &one, sizeof one);
    (void)written; /* it is full only when it has been woken already */
}

static int timeout_ms(uint64_t until_ns) {
    uint64_t now_ns = ferry_clock_ns();
    if (until_ns == UINT64_MAX)
        return -1;
    if (until_ns <= now_ns)
        return 0;
    uint64_t ms = (until_ns - now_ns + 999999) / 1000000;
    return ms > 60000 ? 60000 : (int)ms;
}

unsigned watch_wait(watch *w, uint64_t until_ns, watch_event *events, unsigned capacity) {
    struct epoll_event found[EVENTS_MAX];
    uint64_t wakes;
    unsigned count = 0;
    int most = capacity < EVENTS_MAX ? (int)capacity : EVENTS_MAX;
    int got = epoll_wait(w->poll, found, most, timeout_ms(until_ns));
    for (int i = 0; i < got; i++) {
        if (found[i].data.u64 == KEY_OF_WAKE) {
            ssize_t bytes = read(w->wake, &wakes, sizeof wakes);
            (void)bytes;
            continue;
        }
        events[count++] = (watch_event){
            .key = found[i].data.u64,
            .is_gone = (found[i].events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0,
        };
    }
    return count;
}
