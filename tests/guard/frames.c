/* guard_frames WAY DELIVERY FRAMES: carries small frames with both ends in one process, so that
 * what it does can be counted: always the same instructions and system calls. guard.py counts them.
 *
 * WAY is send+copy, send+acquire or claim+acquire, in step, so that nobody sleeps; or asleep:N,
 * with N consumers in threads of their own, each asleep before each frame; or full, with a producer
 * in a thread of its own that sleeps, since the channel is full, before each step of the consumer.
 */
#include <frameferry/frameferry.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "channel/consumer_handle.h"

enum { WIDTH = 128, HEIGHT = 128, MAX_SLEEPERS = 16, SLOTS = 8 };

typedef struct run {
    ferry_producer *producer;
    ferry_consumer *consumer[MAX_SLEEPERS];
    unsigned consumers;
    ferry_frame_info info;
    ferry_image image;
    uint8_t pixels[WIDTH * HEIGHT];
} run;

static _Noreturn void give_up(const char *what) {
    fprintf(stderr, "guard_frames: %s\n", what);
    exit(1);
}

static void must(ferry_status status) {
    if (status != FERRY_OK)
        give_up(ferry_status_text(status));
}

/* ---- in step ---- */

static void publish(run *r, bool claims) {
    if (!claims) {
        must(ferry_producer_send(r->producer, &r->info, r->pixels, 0, NULL, NULL));
        return;
    }
    ferry_claim claim;
    must(ferry_producer_claim(r->producer, &r->info, &claim, NULL));
    claim.pixels[0] = r->pixels[0];
    must(ferry_producer_commit(r->producer, &claim, NULL, NULL));
}

static void take(run *r, bool copies) {
    if (copies) {
        must(ferry_consumer_copy(r->consumer[0], 0, &r->image, NULL));
        if (r->image.pixels[0] != r->pixels[0])
            give_up("a copy is not what was sent");
        return;
    }
    ferry_frame frame;
    must(ferry_consumer_acquire(r->consumer[0], 0, &frame, NULL));
    if (frame.pixels[0] != r->pixels[0])
        give_up("a frame is not what was sent");
    must(ferry_consumer_release(r->consumer[0], &frame));
}

/* Valgrind is told to count in here only: it has to stay a function that can be found. */
__attribute__((noinline)) void guard_carry(run *r, unsigned long frames, bool claims, bool copies);

void guard_carry(run *r, unsigned long frames, bool claims, bool copies) {
    for (unsigned long i = 0; i < frames; i++) {
        r->pixels[0] = (uint8_t)i;
        publish(r, claims);
        take(r, copies);
    }
}

/* ---- asleep ---- */

static void *receive_all(void *argument) {
    ferry_consumer *consumer = argument;
    ferry_frame frame;
    ferry_status status;
    while ((status = ferry_consumer_acquire(consumer, FERRY_FOREVER, &frame, NULL)) == FERRY_OK)
        must(ferry_consumer_release(consumer, &frame));
    if (status != FERRY_END_OF_STREAM)
        give_up(ferry_status_text(status));
    return NULL;
}

static bool sleeps(ferry_consumer *consumer) {
    return atomic_load(consumer->record_event.word) == FERRYI_EVENT_SLEEPING;
}

static void carry_to_sleepers(run *r, unsigned long frames) {
    pthread_t thread[MAX_SLEEPERS];
    for (unsigned i = 0; i < r->consumers; i++)
        if (pthread_create(&thread[i], NULL, receive_all, r->consumer[i]) != 0)
            give_up("no thread is to be had");
    for (unsigned long frame = 0; frame < frames; frame++) {
        for (unsigned i = 0; i < r->consumers; i++)
            while (!sleeps(r->consumer[i]))
                sched_yield();
        publish(r, true);
    }
    ferry_producer_counters counters;
    ferry_producer_get_counters(r->producer, &counters);
    printf("%llu\n", (unsigned long long)counters.wakeups);
    ferry_producer_close(&r->producer);
    for (unsigned i = 0; i < r->consumers; i++)
        pthread_join(thread[i], NULL);
}

/* ---- full ---- */

static void *publish_all(void *argument) {
    run *r = argument;
    ferry_claim claim;
    ferry_status status;
    while ((status = ferry_producer_claim(r->producer, &r->info, &claim, NULL)) == FERRY_OK)
        must(ferry_producer_commit(r->producer, &claim, NULL, NULL));
    if (status != FERRY_INTERRUPTED)
        give_up(ferry_status_text(status));
    return NULL;
}

static void wait_for_full(const run *r) {
    while (atomic_load(r->consumer[0]->producer_event.word) != FERRYI_EVENT_SLEEPING)
        sched_yield();
}

static void carry_from_sleeper(run *r, unsigned long frames) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, publish_all, r) != 0)
        give_up("no thread is to be had");
    for (unsigned long i = 0; i < frames; i++) {
        ferry_frame frame;
        wait_for_full(r);
        must(ferry_consumer_acquire(r->consumer[0], 0, &frame, NULL));
        wait_for_full(r);
        must(ferry_consumer_release(r->consumer[0], &frame));
    }
    printf("%lu\n", frames);
    wait_for_full(r);
    ferry_producer_interrupt(r->producer);
    pthread_join(thread, NULL);
}

/* ---- all ---- */

static void open_ends(run *r, const char *delivery) {
    char name[64];
    snprintf(name, sizeof name, "guard-%s", getenv("GUARD_CHANNEL"));
    ferry_producer_options producing = FERRY_PRODUCER_OPTIONS_INIT;
    producing.name = name;
    producing.slots = SLOTS;
    producing.slot_bytes = sizeof r->pixels + FERRY_HEADER_BYTES;
    must(ferry_producer_create(&r->producer, &producing, NULL));
    ferry_consumer_options consuming = FERRY_CONSUMER_OPTIONS_INIT;
    consuming.name = name;
    consuming.delivery =
        strcmp(delivery, "latest") == 0 ? FERRY_DELIVERY_LATEST : FERRY_DELIVERY_EVERY;
    for (unsigned i = 0; i < r->consumers; i++)
        must(ferry_consumer_open(&r->consumer[i], &consuming, NULL));
}

int main(int count, char **arguments) {
    enum { WARM_UP = 32 };
    static run r;
    if (count != 4 || getenv("GUARD_CHANNEL") == NULL)
        give_up("see the comment at the top of its source");
    const char *way = arguments[1];
    unsigned long frames = strtoul(arguments[3], NULL, 10);
    r.info = (ferry_frame_info){.width = WIDTH, .height = HEIGHT, .format = FERRY_FORMAT_GRAY};
    bool asleep = sscanf(way, "asleep:%u", &r.consumers) == 1 && r.consumers <= MAX_SLEEPERS;
    if (!asleep)
        r.consumers = 1;
    open_ends(&r, arguments[2]);
    if (asleep) {
        carry_to_sleepers(&r, frames);
    } else if (strcmp(way, "full") == 0) {
        carry_from_sleeper(&r, frames);
    } else {
        bool claims = strcmp(way, "claim+acquire") == 0, copies = strcmp(way, "send+copy") == 0;
        /* Not by guard_carry: memory for slots and copy is got here. */
        for (unsigned i = 0; i < WARM_UP; i++) {
            publish(&r, claims);
            take(&r, copies);
        }
        guard_carry(&r, frames, claims, copies);
    }
    for (unsigned i = 0; i < r.consumers; i++)
        ferry_consumer_close(&r.consumer[i]);
    ferry_producer_close(&r.producer);
    ferry_image_free(&r.image);
    return 0;
}
