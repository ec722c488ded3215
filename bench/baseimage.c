/* The pattern that this library replaces, as such programs have it: one header, one picture, one
 * event. In lock-step the receiver acknowledges each frame; without that nothing holds the sender
 * back from the picture that is being read. */
#define _GNU_SOURCE
#include <errno.h>
#include <semaphore.h>
#include <string.h>
#include <time.h>

#include "own.h"
#include "system.h"

typedef struct mapping {
    int32_t length, width, height, bit_count;
    _Alignas(64) sem_t event, acknowledged;
    _Alignas(4096) uint8_t pixels[];
} mapping;

static void *prepare(const bench_plan *plan) {
    mapping *m = system_share(sizeof *m + plan->length_bytes);
    if (m == NULL || sem_init(&m->event, 1, 0) != 0 || sem_init(&m->acknowledged, 1, 1) != 0)
        return NULL;
    return m;
}

static bool open_end(bench_end *end) {
    return end->common != NULL;
}

static void close_end(bench_end *end) {
    (void)end;
}

static uint8_t *write_header(bench_end *end) {
    mapping *m = end->common;
    m->length = (int32_t)end->plan->length_bytes;
    m->width = (int32_t)end->plan->width;
    m->height = (int32_t)end->plan->height;
    m->bit_count = (int32_t)end->plan->depth * 8;
    return m->pixels;
}

/* Waits for a semaphore, a slice at most. */
static bool wait(sem_t *semaphore) {
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += BENCH_SLICE_NS;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    return sem_clockwait(semaphore, CLOCK_MONOTONIC, &until) == 0;
}

static uint8_t *claim_acknowledged(bench_end *end) {
    enum { SLICES = 100 };
    mapping *m = end->common;
    for (int i = 0; i < SLICES; i++)
        if (wait(&m->acknowledged))
            return write_header(end);
    bench_fail(end, "no acknowledgement came");
    return NULL;
}

/* An auto-reset event: set is set, however often. */
static bool commit(bench_end *end) {
    mapping *m = end->common;
    int value = 0;
    sem_getvalue(&m->event, &value);
    if (value == 0)
        sem_post(&m->event);
    return true;
}

static bool send_acknowledged(bench_end *end, const uint8_t *pixels) {
    uint8_t *to = claim_acknowledged(end);
    if (to == NULL)
        return false;
    memcpy(to, pixels, end->plan->length_bytes);
    return commit(end);
}

static bool send_unpaced(bench_end *end, const uint8_t *pixels) {
    memcpy(write_header(end), pixels, end->plan->length_bytes);
    return commit(end);
}

static bench_news acquire(bench_end *end, const uint8_t **pixels) {
    mapping *m = end->common;
    if (!wait(&m->event))
        return BENCH_NONE;
    *pixels = m->pixels;
    return BENCH_FRAME;
}

static bench_news acknowledge(bench_end *end) {
    mapping *m = end->common;
    sem_post(&m->acknowledged);
    return BENCH_FRAME;
}

static bench_news copy_unpaced(bench_end *end, const uint8_t **pixels) {
    bench_news news = acquire(end, pixels);
    if (news != BENCH_FRAME)
        return news;
    memcpy(end->picture, *pixels, end->plan->length_bytes);
    *pixels = end->picture;
    return BENCH_FRAME;
}

static bench_news copy_acknowledged(bench_end *end, const uint8_t **pixels) {
    bench_news news = copy_unpaced(end, pixels);
    return news == BENCH_FRAME ? acknowledge(end) : news;
}

const bench_transport bench_lockstep = {
    .name = "baseimage-lockstep",
    .prepare = prepare,
    .open_producer = open_end,
    .send = send_acknowledged,
    .claim = claim_acknowledged,
    .commit = commit,
    .close_producer = close_end,
    .open_consumer = open_end,
    .copy = copy_acknowledged,
    .acquire = acquire,
    .release = acknowledge,
    .close_consumer = close_end,
};

const bench_transport bench_unpaced = {
    .name = "baseimage-unpaced",
    .lossy = true,
    .prepare = prepare,
    .open_producer = open_end,
    .send = send_unpaced,
    .close_producer = close_end,
    .open_consumer = open_end,
    .copy = copy_unpaced,
    .close_consumer = close_end,
};
