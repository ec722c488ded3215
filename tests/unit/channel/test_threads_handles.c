/* Handles that several threads use: frames that others release, and claims that others commit. */
#define _GNU_SOURCE /* pipe2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "channel_support.h"

static char name[NAME_BYTES];

enum { FRAMES = 8000, QUEUE = 4, WORKERS = 2 };

/* Frames on their way from the thread that acquires to those that release. */
typedef struct queue {
    ferry_consumer *consumer;
    sem_t room, filled, access;
    ferry_frame frames[QUEUE]; /* pixels NULL: the end */
    uint64_t put, taken;
    atomic_bool failed;
} queue;

static void enqueue(queue *q, const ferry_frame *frame) {
    sem_wait(&q->room);
    q->frames[q->put++ % QUEUE] = *frame;
    sem_post(&q->filled);
}

static void *release_all(void *argument) {
    queue *q = argument;
    for (;;) {
        sem_wait(&q->filled);
        sem_wait(&q->access);
        ferry_frame frame = q->frames[q->taken++ % QUEUE];
        sem_post(&q->access);
        sem_post(&q->room);
        if (frame.pixels == NULL)
            return NULL;
        bool whole = is_whole(frame.pixels, &frame.info);
        if (ferry_consumer_release(q->consumer, &frame) != FERRY_OK || !whole)
            atomic_store(&q->failed, true);
    }
}

typedef struct acquirer {
    pthread_t thread;
    queue *q;
    uint64_t last;
    ferry_status status;
} acquirer;

static void *acquire_all(void *argument) {
    acquirer *a = argument;
    ferry_frame frame, none = {.pixels = NULL};
    /* In hand: one here, as many as the queue holds, and one with each worker: below the limit. */
    while ((a->status = ferry_consumer_acquire(a->q->consumer, STUCK_NS, &frame, NULL)) ==
           FERRY_OK) {
        if (frame.info.number != ++a->last)
            atomic_store(&a->q->failed, true);
        enqueue(a->q, &frame);
    }
    for (int i = 0; i < WORKERS; i++)
        enqueue(a->q, &none);
    return NULL;
}

static void test_release_from_other_threads(void **state) {
    (void)state;
    ferry_producer *producer = open_channel(name, "release", 12, FERRY_WHEN_FULL_WAIT);
    queue q = {.consumer = open_every(name)};
    acquirer a = {.q = &q};
    pthread_t workers[WORKERS];
    sem_init(&q.room, 0, QUEUE);
    sem_init(&q.filled, 0, 0);
    sem_init(&q.access, 0, 1);
    assert_int_equal(q.consumer->hold_limit, QUEUE + WORKERS + 2);
    for (int i = 0; i < WORKERS; i++)
        assert_int_equal(pthread_create(&workers[i], NULL, release_all, &q), 0);
    assert_int_equal(pthread_create(&a.thread, NULL, acquire_all, &a), 0);
    for (uint64_t number = 1; number <= FRAMES; number++)
        assert_int_equal(send_numbered(producer, number), FERRY_OK);
    ferry_producer_close(&producer);
    pthread_join(a.thread, NULL);
    for (int i = 0; i < WORKERS; i++)
        pthread_join(workers[i], NULL);
    assert_false(q.failed);
    assert_int_equal(a.status, FERRY_END_OF_STREAM);
    assert_int_equal(a.last, FRAMES);
    assert_counts(q.consumer, 1, FRAMES, 0, 0);
    ferry_consumer_close(&q.consumer);
    assert_nothing_left();
}

/* Threads of a producer that fill and commit what its own thread has claimed. */
typedef struct filler {
    pthread_t thread;
    ferry_producer *producer;
    sem_t begin, done;
    ferry_claim claim; /* pixels NULL: the end */
    uint64_t mark;     /* what the pixels of the next frame are */
    ferry_status status;
} filler;

static void *fill_all(void *argument) {
    filler *f = argument;
    for (sem_wait(&f->begin); f->claim.pixels != NULL; sem_wait(&f->begin)) {
        fill_number(f->claim.pixels, f->claim.info.length_bytes, ++f->mark);
        memcpy(f->claim.info.metadata, &f->mark, sizeof f->mark);
        f->claim.info.metadata_bytes = sizeof f->mark;
        if (f->mark % 16 == 0)
            ferry_producer_abort(f->producer, &f->claim);
        else
            f->status = ferry_producer_commit(f->producer, &f->claim, NULL, NULL);
        sem_post(&f->done);
    }
    return NULL;
}

/* Takes what is there: whole, and one number after another. */
static void take_marked(ferry_consumer *consumer, uint64_t *last) {
    ferry_frame frame;
    while (ferry_consumer_acquire(consumer, 0, &frame, NULL) == FERRY_OK) {
        assert_int_equal(frame.info.number, ++*last);
        for (uint32_t i = 0; i < frame.info.length_bytes; i += 8)
            assert_memory_equal(frame.pixels + i, frame.info.metadata, 8);
        assert_int_equal(ferry_consumer_release(consumer, &frame), FERRY_OK);
    }
}

static void test_commit_from_other_threads(void **state) {
    (void)state;
    enum { FILLERS = 3 };
    ferry_producer *producer = open_channel(name, "commit", 8, FERRY_WHEN_FULL_DROP);
    ferry_consumer *consumer = open_every(name);
    filler fillers[FILLERS] = {0};
    ferry_producer_counters counters;
    uint64_t last = 0;
    for (uint64_t i = 0; i < FILLERS; i++) {
        fillers[i].producer = producer;
        fillers[i].mark = i << 32;
        sem_init(&fillers[i].begin, 0, 0);
        sem_init(&fillers[i].done, 0, 1);
        assert_int_equal(pthread_create(&fillers[i].thread, NULL, fill_all, &fillers[i]), 0);
    }
    for (uint64_t i = 0; i < FRAMES; i++) {
        filler *f = &fillers[i % FILLERS];
        ferry_frame_info info = numbered_info(i);
        sem_wait(&f->done);
        assert_int_equal(f->status, FERRY_OK);
        take_marked(consumer, &last);
        assert_int_equal(ferry_producer_claim(producer, &info, &f->claim, NULL), FERRY_OK);
        sem_post(&f->begin);
    }
    for (int i = 0; i < FILLERS; i++) {
        sem_wait(&fillers[i].done);
        fillers[i].claim.pixels = NULL;
        sem_post(&fillers[i].begin);
        pthread_join(fillers[i].thread, NULL);
    }
    take_marked(consumer, &last);
    ferry_producer_get_counters(producer, &counters);
    assert_true(counters.published == last && counters.dropped == 0);
    assert_true(last >= FRAMES * 14 / 16 && last < FRAMES);
    ferry_consumer_close(&consumer);
    ferry_producer_close(&producer);
    assert_nothing_left();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_release_from_other_threads, clean_up),
        cmocka_unit_test_teardown(test_commit_from_other_threads, clean_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
