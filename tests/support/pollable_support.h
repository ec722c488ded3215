/* What tests of pollables share: event loops of all kinds over one descriptor, and looks at the
 * threads and descriptors of this process. Include after cmocka.h; define _GNU_SOURCE first. */
#ifndef FERRY_TEST_POLLABLE_SUPPORT_H
#define FERRY_TEST_POLLABLE_SUPPORT_H

#include <frameferry/clock.h>

#include "channel_support.h"
/* ThreadSanitizer starts no threads in a forked child, and an atomic access that faults cannot be
 * handled under it (see test_guard.c). */
#include "sanitizer.h"

#include <sys/epoll.h>

/* ---- waiting for a pollable ---- */

typedef enum loop_kind { LOOP_POLL, LOOP_EPOLL, LOOP_EPOLL_EDGE, LOOP_KINDS } loop_kind;

typedef struct loop {
    loop_kind kind;
    int pollable;
    int epoll; /* -1: none */
} loop;

static inline ferry_pollable pollable_of(ferry_consumer *consumer) {
    ferry_pollable pollable = FERRY_POLLABLE_NONE;
    ferry_error error = {0};
    if (ferry_consumer_get_pollable(consumer, &pollable, &error) != FERRY_OK)
        fail_msg("pollable: %s", error.message);
    return pollable;
}

static inline ferry_pollable pollable_of_producer(ferry_producer *producer) {
    ferry_pollable pollable = FERRY_POLLABLE_NONE;
    ferry_error error = {0};
    if (ferry_producer_get_pollable(producer, &pollable, &error) != FERRY_OK)
        fail_msg("pollable: %s", error.message);
    return pollable;
}

static inline loop loop_over(ferry_pollable pollable, loop_kind kind) {
    loop l = {.kind = kind, .pollable = (int)pollable, .epoll = -1};
    struct epoll_event wanted = {.events = EPOLLIN};
    if (kind == LOOP_POLL)
        return l;
    if (kind == LOOP_EPOLL_EDGE)
        wanted.events |= EPOLLET;
    l.epoll = epoll_create1(EPOLL_CLOEXEC);
    assert_true(l.epoll >= 0);
    assert_int_equal(epoll_ctl(l.epoll, EPOLL_CTL_ADD, l.pollable, &wanted), 0);
    return l;
}

static inline loop loop_open(ferry_consumer *consumer, loop_kind kind) {
    return loop_over(pollable_of(consumer), kind);
}

static inline bool loop_wait(const loop *l, int timeout_ms) {
    struct pollfd wanted = {.fd = l->pollable, .events = POLLIN};
    struct epoll_event event;
    if (l->epoll >= 0) {
        struct pollfd news = {.fd = l->epoll, .events = POLLIN};
        poll(&news, 1, timeout_ms); /* which a stop does not end early: signal(7) */
        return epoll_wait(l->epoll, &event, 1, 0) == 1;
    }
    return poll(&wanted, 1, timeout_ms) == 1 && wanted.revents == POLLIN;
}

static inline void loop_close(loop *l) {
    if (l->epoll >= 0)
        close(l->epoll);
}

static inline bool is_readable(ferry_consumer *consumer, int timeout_ms) {
    loop l = {.pollable = (int)pollable_of(consumer), .epoll = -1};
    return loop_wait(&l, timeout_ms);
}

static inline bool is_producer_readable(ferry_producer *producer, int timeout_ms) {
    loop l = {.pollable = (int)pollable_of_producer(producer), .epoll = -1};
    return loop_wait(&l, timeout_ms);
}

/* With nothing to be had, a pollable comes to rest after as many calls as there were events, which
 * may still be on their way through the helper thread. */
static inline void settle(ferry_consumer *consumer, unsigned events) {
    ferry_image image = FERRY_IMAGE_INIT;
    for (unsigned calls = 0; is_readable(consumer, 50); calls++) {
        assert_true(calls <= events);
        assert_int_equal(ferry_consumer_copy(consumer, 0, &image, NULL), FERRY_TIMEOUT);
    }
    ferry_image_free(&image);
}

/* ---- this process ---- */

/* Reads a file of proc(5) about a thread of this process into text; empty: it has gone. */
static inline const char *read_task(const char *id, const char *file, char text[static 4096]) {
    char path[PATH_BYTES];
    snprintf(path, sizeof path, "/proc/self/task/%.20s/%s", id, file);
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t count = descriptor < 0 ? 0 : read(descriptor, text, 4095);
    text[count < 0 ? 0 : count] = '\0';
    if (descriptor >= 0)
        close(descriptor);
    return text;
}

/* How many threads of the library there are; status gets what proc(5) says of one of them. */
static inline unsigned count_helpers(char status[static 4096]) {
    char name_of_it[4096];
    unsigned count = 0;
    DIR *list = opendir("/proc/self/task");
    assert_non_null(list);
    for (struct dirent *entry = readdir(list); entry != NULL; entry = readdir(list)) {
        if (entry->d_name[0] == '.' ||
            strcmp(read_task(entry->d_name, "comm", name_of_it), "frameferry\n") != 0)
            continue;
        read_task(entry->d_name, "status", status);
        count++;
    }
    closedir(list);
    return count;
}

/* A thread that has ended stays in the list for a moment. */
static inline void wait_for_helpers(unsigned count) {
    char status[4096];
    uint64_t stuck_ns = ferry_clock_ns() + (uint64_t)STUCK_NS;
    while (count_helpers(status) != count) {
        CHILD_CHECK(ferry_clock_ns() < stuck_ns); /* in a parent too */
        sched_yield();
    }
}

/* A number in the status of the only helper; base 10 or 16. */
static inline unsigned long long helper_number(const char *field, int base) {
    char status[4096];
    assert_int_equal(count_helpers(status), 1);
    const char *found = strstr(status, field);
    assert_non_null(found);
    return strtoull(found + strlen(field), NULL, base);
}

static inline unsigned count_descriptors(void) {
    unsigned count = 0;
    DIR *list = opendir("/proc/self/fd");
    assert_non_null(list);
    while (readdir(list) != NULL)
        count++;
    closedir(list);
    return count;
}

#endif
