/* The dialect's event, and the semaphore that it is as other programs see it. Include after
 * channel_support.h. */
#ifndef FERRY_TEST_SIGNAL_EVENT_SCENE_H
#define FERRY_TEST_SIGNAL_EVENT_SCENE_H

#include <sys/mman.h>

#include <frameferry/clock.h>

#include "platform/signal_event.h"

/* A semaphore as glibc has it on 64 bits. */
typedef struct words {
    _Atomic(uint32_t) value;
    _Atomic(uint32_t) sleepers;
    _Atomic(uint32_t) private;
} words;

typedef struct scene {
    char name[NAME_BYTES];                        /* as the library is told it */
    char path[PATH_BYTES], posix[NAME_BYTES + 1]; /* where it lies, and what sem_open calls it */
    ferryi_signal_event *event;
    words *words;
    atomic_bool lost;
} scene;

static inline void name_scene(scene *s, const char *tag) {
    char file[NAME_BYTES + 8];
    own_name(s->name, tag);
    snprintf(file, sizeof file, "sem.%s", s->name);
    shm_path(s->path, file);
    snprintf(s->posix, sizeof s->posix, "/%s", s->name);
}

static inline void open_event(scene *s) {
    bool created;
    CHILD_CHECK(ferryi_signal_event_create(&s->event, s->name, FERRYI_NOT_SHARED, &created,
                                           &s->lost, NULL) == FERRY_OK);
}

static inline void map_words(scene *s) {
    int descriptor = open(s->path, O_RDWR);
    CHILD_CHECK(descriptor >= 0);
    s->words = mmap(NULL, FERRYI_SHM_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    CHILD_CHECK((void *)s->words != MAP_FAILED);
    close(descriptor);
}

static inline scene *set_scene(scene *s, const char *tag) {
    *s = (scene){.event = NULL};
    name_scene(s, tag);
    open_event(s);
    map_words(s);
    return s;
}

static inline void strike_scene(scene *s) {
    ferryi_signal_event_close(&s->event);
    munmap(s->words, FERRYI_SHM_PAGE);
    assert_int_equal(unlink(s->path), 0); /* the library removes what it made, and no more */
    assert_nothing_left();
}

/* Waits as the library does, again and again. */
static inline bool wait_within(ferryi_signal_event *event, int64_t timeout_ns) {
    uint64_t end_ns = ferry_clock_ns() + (uint64_t)timeout_ns;
    while (!ferryi_signal_event_wait(event, FERRYI_SLICE_NS))
        if (ferry_clock_ns() > end_ns)
            return false;
    return true;
}

static inline void await_sleepers(const scene *s, uint32_t count) {
    uint64_t stuck_ns = ferry_clock_ns() + (uint64_t)STUCK_NS;
    while (atomic_load(&s->words->sleepers) < count && ferry_clock_ns() < stuck_ns)
        sched_yield();
    assert_true(atomic_load(&s->words->sleepers) >= count);
}

#endif
