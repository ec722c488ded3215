/* From before a frame is copied in to after it has been copied out, at a pace: whole frames, frames
 * that are followed while they are written, and what cutting through costs without a library: a bare
 * ring in shared memory, copied part by part, with a consumer that spins and with one that sleeps.
 *
 *     bench_early WIDTH HEIGHT [ROUNDS [FRAMES [FPS [PART_KIB]]]]
 *
 * Two processes on two cores. The ways take turns in each round, so that what disturbs the machine
 * disturbs all; ratios are made within a round. Every frame carries its number in many places, and
 * one that is not whole, lost or doubled ends the run. */
#define _GNU_SOURCE
#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <frameferry/frameferry.h>

enum { SLOTS = 3, SOURCES = 3, MARKS = 64, ROUNDS_MOST = 1000 };

typedef enum way { SPINNING, SLEEPING, WHOLE, EARLY, WAYS } way;
static const char *const way_names[WAYS] = {"bare ring, spinning", "bare ring, sleeping",
                                            "whole frame", "early/follow"};

static int32_t width, height;
static uint32_t length;
static unsigned long rounds = 9, frames = 60, fps = 60, part = 131072;

static _Noreturn void fail(const char *what) {
    fprintf(stderr, "%s\n", what);
    exit(1);
}

static void pin(int core) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET((size_t)core, &set);
    if (sched_setaffinity(0, sizeof set, &set) != 0)
        fail("there is no second core");
}

static void *shared(size_t bytes) {
    void *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED)
        fail("no memory");
    return at;
}

/* ---- frames that tell whether they are whole ---- */

static void mark(uint8_t *pixels, uint64_t number) {
    for (uint64_t i = 0; i < MARKS; i++)
        memcpy(pixels + (length - sizeof number) / (MARKS - 1) * i, &number, sizeof number);
}

static void check(const uint8_t *pixels, uint64_t number) {
    for (uint64_t i = 0; i < MARKS; i++)
        if (memcmp(pixels + (length - sizeof number) / (MARKS - 1) * i, &number, sizeof number) !=
            0)
            fail("a frame is lost, doubled or torn");
}

/* ---- the bare ring ---- */

typedef struct ring {
    _Alignas(64) _Atomic(uint32_t) news; /* a futex: raised with each part */
    _Alignas(64) _Atomic(uint32_t) sleeps;
    _Alignas(64) _Atomic(uint64_t) taken; /* frames */
    _Alignas(64) struct {
        _Atomic(uint64_t) written; /* frames * 2^32 + bytes */
        uint64_t begin_ns;
    } slot[SLOTS];
} ring;

static ring *bare;
static uint8_t *bare_pixels;

static void ring_send(uint64_t number, const uint8_t *pixels, bool sleeping) {
    uint32_t k = (uint32_t)(number % SLOTS);
    while (number - atomic_load(&bare->taken) > SLOTS - 1)
        sched_yield(); /* a machine that has been busy: this does not count */
    bare->slot[k].begin_ns = ferry_clock_ns();
    uint8_t *to = bare_pixels + (size_t)k * length;
    for (size_t done = 0; done < length;) {
        size_t now = length - done < part ? length - done : part;
        memcpy(to + done, pixels + done, now);
        done += now;
        atomic_store(&bare->slot[k].written, number << 32 | done);
        if (!sleeping)
            continue;
        atomic_fetch_add(&bare->news, 1);
        if (atomic_exchange(&bare->sleeps, 0) != 0)
            syscall(SYS_futex, &bare->news, FUTEX_WAKE, 1, NULL, NULL, 0);
    }
}

static size_t ring_wait(uint64_t number, size_t copied, bool sleeping) {
    const uint32_t k = (uint32_t)(number % SLOTS);
    for (;;) {
        uint32_t news = atomic_load(&bare->news);
        uint64_t written = atomic_load(&bare->slot[k].written);
        if (written >> 32 == number && (uint32_t)written > copied)
            return (uint32_t)written;
        if (!sleeping)
            continue;
        atomic_store(&bare->sleeps, 1);
        if (atomic_load(&bare->news) == news)
            syscall(SYS_futex, &bare->news, FUTEX_WAIT, news, NULL, NULL, 0);
    }
}

static uint64_t ring_receive(uint64_t number, uint8_t *into, bool sleeping) {
    uint32_t k = (uint32_t)(number % SLOTS);
    uint64_t begin_ns = 0;
    for (size_t copied = 0; copied < length;) {
        size_t there = ring_wait(number, copied, sleeping);
        memcpy(into + copied, bare_pixels + (size_t)k * length + copied, there - copied);
        copied = there;
        begin_ns = bare->slot[k].begin_ns;
    }
    atomic_store(&bare->taken, number);
    return begin_ns;
}

/* ---- one way ---- */

static void pause_until(uint64_t at_ns) {
    struct timespec at = {.tv_sec = (time_t)(at_ns / 1000000000u),
                          .tv_nsec = (long)(at_ns % 1000000000u)};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL) != 0)
        ;
}

static ferry_producer *make_producer(way how, const char *name) {
    ferry_producer_options options = FERRY_PRODUCER_OPTIONS_INIT;
    options.name = name;
    options.early_bytes = how == EARLY ? 1 : 0;
    ferry_producer *producer = NULL;
    ferry_error error;
    if (ferry_producer_create(&producer, &options, &error) != FERRY_OK)
        fail(error.message);
    return producer;
}

static ferry_consumer *open_consumer(way how, const char *name) {
    ferry_consumer_options options = FERRY_CONSUMER_OPTIONS_INIT;
    options.name = name;
    options.delivery = FERRY_DELIVERY_EVERY;
    options.follow_early = how == EARLY;
    ferry_consumer *consumer = NULL;
    ferry_error error;
    if (ferry_consumer_open(&consumer, &options, &error) != FERRY_OK)
        fail(error.message);
    return consumer;
}

/* The consumer's process: a time for each frame. */
static _Noreturn void consume(way how, const char *name, uint64_t *times, _Atomic(int) *ready) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    pin(1);
    bool library = how == WHOLE || how == EARLY;
    ferry_consumer *consumer = library ? open_consumer(how, name) : NULL;
    ferry_image image = FERRY_IMAGE_INIT;
    image.pixels = malloc(length);
    image.capacity_bytes = length;
    memset(image.pixels, 1, length);
    atomic_store(ready, 1);
    for (uint64_t number = 1; number <= frames; number++) {
        uint64_t begin_ns;
        if (library) {
            if (ferry_consumer_copy(consumer, FERRY_FOREVER, &image, NULL) != FERRY_OK)
                fail("receiving");
            begin_ns = image.info.capture_ns;
        } else {
            begin_ns = ring_receive(number, image.pixels, how == SLEEPING);
        }
        times[number - 1] = ferry_clock_ns() - begin_ns;
        check(image.pixels, number);
    }
    ferry_consumer_close(&consumer);
    exit(0);
}

static int by_size(const void *a, const void *b) {
    uint64_t one = *(const uint64_t *)a, other = *(const uint64_t *)b;
    return (one > other) - (one < other);
}

/* The median over the frames of one round, in us. */
static double play(way how, uint8_t *const sources[SOURCES]) {
    uint64_t *times = shared(frames * sizeof *times + 64);
    _Atomic(int) *ready = (_Atomic(int) *)(void *)((uint8_t *)times + frames * sizeof *times);
    char name[64];
    snprintf(name, sizeof name, "bench-early-%d", (int)getpid());
    memset(bare, 0, sizeof *bare);
    bool library = how == WHOLE || how == EARLY;
    ferry_producer *producer = library ? make_producer(how, name) : NULL;
    pid_t child = fork();
    if (child == 0)
        consume(how, name, times, ready);
    while (atomic_load(ready) == 0)
        sched_yield();
    uint64_t due_ns = ferry_clock_ns();
    for (uint64_t number = 1; number <= frames; number++) {
        uint8_t *pixels = sources[number % SOURCES];
        mark(pixels, number);
        pause_until(due_ns += 1000000000u / fps);
        if (!library) {
            ring_send(number, pixels, how == SLEEPING);
            continue;
        }
        ferry_frame_info info = {.width = width,
                                 .height = height,
                                 .format = FERRY_FORMAT_BGRA,
                                 .capture_ns = ferry_clock_ns()};
        if (ferry_producer_send(producer, &info, pixels, 0, NULL, NULL) != FERRY_OK)
            fail("sending");
    }
    int code = 0;
    waitpid(child, &code, 0);
    if (code != 0)
        fail("the consumer failed");
    ferry_producer_close(&producer);
    qsort(times, frames, sizeof *times, by_size);
    double median_us = (double)times[frames / 2] / 1000;
    munmap(times, frames * sizeof *times + 64);
    return median_us;
}

/* ---- the table ---- */

static int by_value(const void *a, const void *b) {
    double one = *(const double *)a, other = *(const double *)b;
    return (one > other) - (one < other);
}

static void print_row(const char *what, const double values[], const char *unit) {
    double sorted[ROUNDS_MOST];
    memcpy(sorted, values, rounds * sizeof *sorted);
    qsort(sorted, rounds, sizeof *sorted, by_value);
    printf("%-44s median %9.3f  min %9.3f  max %9.3f %s\n", what, sorted[rounds / 2], sorted[0],
           sorted[rounds - 1], unit);
}

static void print_ratio(const char *what, double us[WAYS][ROUNDS_MOST], way one, way other) {
    double ratios[ROUNDS_MOST];
    for (unsigned long i = 0; i < rounds; i++)
        ratios[i] = us[one][i] / us[other][i];
    print_row(what, ratios, "");
}

int main(int argc, char **argv) {
    if (argc < 3)
        fail("usage: bench_early WIDTH HEIGHT [ROUNDS [FRAMES [FPS [PART_KIB]]]]");
    width = atoi(argv[1]);
    height = atoi(argv[2]);
    length = (uint32_t)width * (uint32_t)height * 4;
    unsigned long *const numbers[] = {&rounds, &frames, &fps, &part};
    for (int i = 3; i < argc && i < 7; i++)
        *numbers[i - 3] = strtoul(argv[i], NULL, 10) * (i == 6 ? 1024 : 1);
    if (rounds < 1 || rounds > ROUNDS_MOST || frames < 1 || fps < 1 || part < 1 || length < 4096)
        fail("a number is out of range");
    pin(0);
    bare = shared(sizeof *bare);
    bare_pixels = shared((size_t)length * SLOTS);
    memset(bare_pixels, 1, (size_t)length * SLOTS);
    uint8_t *sources[SOURCES];
    for (int i = 0; i < SOURCES; i++) {
        sources[i] = malloc(length);
        memset(sources[i], i, length);
    }
    static double us[WAYS][ROUNDS_MOST];
    for (unsigned long i = 0; i < rounds; i++)
        for (int how = 0; how < WAYS; how++)
            us[how][i] = play((way)how, sources);
    for (int how = 0; how < WAYS; how++)
        print_row(way_names[how], us[how], "us");
    print_ratio("early/follow : bare ring, spinning", us, EARLY, SPINNING);
    print_ratio("early/follow : bare ring, sleeping", us, EARLY, SLEEPING);
    print_ratio("early/follow : whole frame", us, EARLY, WHOLE);
    return 0;
}
