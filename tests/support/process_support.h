/* What tests with several processes share: children that talk through pipes, are killed, and never
 * outlive their test; names in shared memory that belong to this run alone; frames whose pixels
 * tell their number. Include after cmocka.h; define _GNU_SOURCE first. */
#ifndef FERRY_TEST_PROCESS_SUPPORT_H
#define FERRY_TEST_PROCESS_SUPPORT_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <frameferry/frameferry.h>

/* Nothing here takes nearly as long, under a sanitizer or an emulator either: who waits longer is
 * stuck. */
enum { STUCK_MS = 180000 };
#define STUCK_NS (180 * FERRY_SECOND_NS)

/* A survivor has 250 ms; a machine with much else to do gets far more. */
#define NOTICED_NS (120 * FERRY_SECOND_NS)

enum { NAME_BYTES = 64, CHILDREN = 64 };

/* In a child: assertions would run the rest of the tests there. */
#define CHILD_CHECK(condition)                                                                     \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: in a child: %s\n", __FILE__, __LINE__, #condition);            \
            _exit(9);                                                                              \
        }                                                                                          \
    } while (0)

/* What a child does. On Windows it is a new process of the same program: of all that its parent
 * knows it has only the argument, and own_name gives it the same names. */
typedef void child_body(const void *argument);

#include "children.h" /* one for each kind of system: the same functions in posix/ and windows/ */

static inline const char *own_name(char out[static NAME_BYTES], const char *tag) {
    snprintf(out, NAME_BYTES, "%s%s", own_marker(), tag);
    return out;
}

#define assert_nothing_left() assert_int_equal(count_left(own_marker()), 0)

/* A child whose argument is text, or nothing. */
static inline child *start_child(child_body *body, const void *text) {
    return start_child_with(body, text, text != NULL ? strlen(text) + 1 : 0);
}

static inline char hear(const child *who) {
    return hear_within(who, STUCK_MS);
}

static inline void child_rest(void) {
    for (;;)
        child_hear();
}

static inline void kill_child(child *who) {
    end_child(who);
    assert_true(was_killed(reap(who)));
}

#define assert_child_succeeds(who) assert_true(has_succeeded(reap(who)))

/* For the teardown of every test: whatever failed, nothing stays. */
static inline int clean_up(void **state) {
    (void)state;
    for (int i = 0; i < CHILDREN; i++) {
        if (!is_child(&children[i]))
            continue;
        end_child(&children[i]);
        reap(&children[i]);
    }
    count_shared(own_marker(), true, true);
    return 0;
}

/* ---- channels and frames ---- */

enum { WIDTH = 61, HEIGHT = 37, PIXELS = WIDTH * HEIGHT };

static inline ferry_frame_info small_info(void) {
    return (ferry_frame_info){.width = WIDTH, .height = HEIGHT, .format = FERRY_FORMAT_GRAY};
}

static inline uint8_t pixel_of(uint64_t number, uint32_t index) {
    return (uint8_t)(number * 37 + index * 11);
}

static inline void paint(uint8_t *pixels, uint64_t number) {
    for (uint32_t i = 0; i < PIXELS; i++)
        pixels[i] = pixel_of(number, i);
}

static inline bool is_painted(const uint8_t *pixels, uint64_t number) {
    for (uint32_t i = 0; i < PIXELS; i++)
        if (pixels[i] != pixel_of(number, i))
            return false;
    return true;
}

/* NULL when it cannot be made; *status says why. */
static inline ferry_producer *make_producer(const char *name, uint32_t slots, uint32_t when_full,
                                            ferry_status *status) {
    ferry_producer_options options = FERRY_PRODUCER_OPTIONS_INIT;
    options.name = name;
    options.slots = slots;
    options.slot_bytes = 8192;
    options.when_full = when_full;
    options.full_timeout_ns = STUCK_NS;
    ferry_producer *producer = NULL;
    ferry_status result = ferry_producer_create(&producer, &options, NULL);
    if (status != NULL)
        *status = result;
    return producer;
}

static inline ferry_consumer *make_consumer(const char *name, uint32_t delivery,
                                            ferry_status *status) {
    ferry_consumer_options options = FERRY_CONSUMER_OPTIONS_INIT;
    options.name = name;
    options.delivery = delivery;
    options.wait_ns = 0;
    ferry_consumer *consumer = NULL;
    ferry_status result = ferry_consumer_open(&consumer, &options, NULL);
    if (status != NULL)
        *status = result;
    return consumer;
}

/* The same in the dialect of one slot. */
static inline ferry_producer *make_dialect(const char *name) {
    ferry_producer_options options = FERRY_PRODUCER_OPTIONS_INIT;
    options.name = name;
    options.dialect = FERRY_DIALECT_BASEIMAGE;
    ferry_producer *producer = NULL;
    ferry_producer_create(&producer, &options, NULL);
    return producer;
}

/* Sends a frame that is painted with the number it will get. */
static inline ferry_status send_next(ferry_producer *producer) {
    ferry_producer_counters counters;
    uint8_t pixels[PIXELS];
    ferry_frame_info info = small_info();
    ferry_producer_get_counters(producer, &counters);
    paint(pixels, counters.published + 1);
    return ferry_producer_send(producer, &info, pixels, 0, NULL, NULL);
}

/* Acquires a frame and checks that it is whole; its number, or 0 with *status. */
static inline uint64_t take_next(ferry_consumer *consumer, int64_t timeout_ns, ferry_frame *frame,
                                 ferry_status *status) {
    *status = ferry_consumer_acquire(consumer, timeout_ns, frame, NULL);
    if (*status != FERRY_OK)
        return 0;
    if (frame->info.length_bytes != PIXELS || !is_painted(frame->pixels, frame->info.number))
        *status = FERRY_OVERRUN;
    return frame->info.number;
}

/* ---- attempts ---- */

static inline ferry_status try_producer(const char *name, uint32_t dialect, ferry_error *error) {
    ferry_producer_options options = FERRY_PRODUCER_OPTIONS_INIT;
    options.name = name;
    options.dialect = dialect;
    ferry_producer *producer = NULL;
    ferry_status status = ferry_producer_create(&producer, &options, error);
    ferry_producer_close(&producer);
    return status;
}

static inline ferry_status try_consumer(const char *name, ferry_error *error) {
    ferry_consumer_options options = FERRY_CONSUMER_OPTIONS_INIT;
    options.name = name;
    options.wait_ns = FERRY_SECOND_NS / 10; /* what stays foreign is no reason to go on waiting */
    ferry_consumer *consumer = NULL;
    ferry_status status = ferry_consumer_open(&consumer, &options, error);
    ferry_consumer_close(&consumer);
    return status;
}

/* The sentence names the thing in the way and is whole. */
static inline void assert_sentence(const ferry_error *error, ferry_status status,
                                   const char *name) {
    assert_int_equal(error->status, status);
    assert_non_null(strstr(error->message, name));
    assert_true(strlen(error->message) > strlen(name) + 20);
    assert_null(strchr(error->message, '\n'));
}

#endif
