/* A channel's life: options, names, who is attached, what is counted. */
#define _GNU_SOURCE /* pipe2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <frameferry/clock.h>

#include "channel/names.h"
#include "channel_support.h"
#include "platform/self.h"

static char name[NAME_BYTES];

/* ---- life ---- */

static void test_create_and_close(void **state) {
    (void)state;
    ferry_producer_counters counters;
    ferryi_names names;
    ferry_producer *producer = open_channel(name, "life", 0, FERRY_WHEN_FULL_WAIT);
    assert_int_equal(ferryi_names_make(&names, name, NULL), FERRY_OK);
    assert_true(is_private(names.frames) && is_private(names.consumers));
    ferry_producer_get_counters(producer, &counters);
    assert_int_equal(counters.slots, FERRY_DEFAULT_SLOTS);
    assert_int_equal(counters.slot_bytes, 8192);
    assert_int_equal(counters.published, 0);
    assert_int_equal(counters.consumers, 0);

    ferry_consumer *consumer = open_latest(name);
    ferry_channel_info channel;
    ferry_consumer_get_channel(consumer, &channel);
    assert_int_equal(channel.dialect, FERRY_DIALECT_NATIVE);
    assert_true(channel.has_block == 1 && channel.generation != 0);
    assert_int_equal(channel.slots, FERRY_DEFAULT_SLOTS);
    assert_int_equal(channel.slot_bytes, 8192);
    ferry_producer_get_counters(producer, &counters);
    assert_int_equal(counters.consumers, 1);
    ferry_consumer_close(&consumer);
    ferry_producer_get_counters(producer, &counters);
    assert_int_equal(counters.consumers, 0);

    ferry_producer_close(&producer);
    ferry_producer_close(&producer);
    ferry_producer_close(NULL);
    ferry_consumer_close(&consumer);
    ferry_consumer_close(NULL);
    ferry_status status;
    assert_null(make_consumer(name, FERRY_DELIVERY_LATEST, &status));
    assert_int_equal(status, FERRY_NO_PRODUCER);
    assert_nothing_left();
}

static void test_a_second_producer_is_refused(void **state) {
    (void)state;
    ferry_producer_options options = FERRY_PRODUCER_OPTIONS_INIT;
    ferry_producer *first = open_channel(name, "two", 4, FERRY_WHEN_FULL_WAIT), *second = first;
    ferry_consumer *consumer = open_every(name);
    ferry_error error = {0};
    options.name = name;
    assert_int_equal(ferry_producer_create(&second, &options, &error), FERRY_BUSY);
    assert_null(second);
    assert_int_equal(error.status, FERRY_BUSY);
    assert_non_null(strstr(error.message, name));
    /* Nobody noticed. */
    send_up_to(first, 2);
    take_and_release(consumer, 1);
    take_and_release(consumer, 2);
    ferry_consumer *late = open_latest(name);
    take_and_release(late, 2);
    ferry_consumer_close(&late);
    close_both(&first, &consumer);
    assert_int_equal(ferry_producer_create(&second, &options, NULL), FERRY_OK);
    ferry_producer_close(&second);
    assert_nothing_left();
}

/* ---- options ---- */

/* The sentence says which option it is. A bad name is shown itself. */
static void assert_says(const ferry_error *error, const char *option) {
    bool says = error->status == FERRY_BAD_NAME || strstr(error->message, option) != NULL;
    if (!says)
        fail_msg("%s: \"%s\" does not say so", option, error->message);
}

static void refuse_producer(ferry_producer_options options, const char *option,
                            ferry_status wanted) {
    ferry_producer *producer = (ferry_producer *)(void *)name;
    ferry_error error = {0};
    assert_int_equal(ferry_producer_create(&producer, &options, NULL), wanted);
    assert_int_equal(ferry_producer_create(&producer, &options, &error), wanted);
    assert_int_equal(error.status, wanted);
    assert_says(&error, option);
    assert_null(producer);
    assert_nothing_left();
}

static void test_producer_options_out_of_range(void **state) {
    (void)state;
    ferry_producer_options good = FERRY_PRODUCER_OPTIONS_INIT;
    good.name = own_name(name, "options");
    assert_int_equal(ferry_producer_create(NULL, &good, NULL), FERRY_INVALID_ARGUMENT);
#define REFUSE_PRODUCER(field, number, status)                                                     \
    do {                                                                                           \
        ferry_producer_options bad = good;                                                         \
        bad.field = number;                                                                        \
        refuse_producer(bad, #field, status);                                                      \
    } while (0)
    REFUSE_PRODUCER(size, 0, FERRY_INVALID_ARGUMENT);
    REFUSE_PRODUCER(size, sizeof(size_t) - 1, FERRY_INVALID_ARGUMENT);
    REFUSE_PRODUCER(name, "", FERRY_BAD_NAME);
    REFUSE_PRODUCER(name, "a/b", FERRY_BAD_NAME);
    REFUSE_PRODUCER(slots, 1, FERRY_INVALID_ARGUMENT);
    REFUSE_PRODUCER(slots, FERRY_MAX_SLOTS + 1, FERRY_INVALID_ARGUMENT);
    REFUSE_PRODUCER(slots, UINT32_MAX, FERRY_INVALID_ARGUMENT);
    REFUSE_PRODUCER(slot_bytes, 1, FERRY_INVALID_ARGUMENT);
    REFUSE_PRODUCER(slot_bytes, FERRY_HEADER_BYTES, FERRY_INVALID_ARGUMENT);
    REFUSE_PRODUCER(slot_bytes, (uint64_t)INT32_MAX + 17, FERRY_INVALID_ARGUMENT);
    REFUSE_PRODUCER(slot_bytes, UINT64_MAX, FERRY_INVALID_ARGUMENT);
    REFUSE_PRODUCER(dialect, 2, FERRY_INVALID_ARGUMENT);
    REFUSE_PRODUCER(when_full, 2, FERRY_INVALID_ARGUMENT);
    REFUSE_PRODUCER(when_full, UINT32_MAX, FERRY_INVALID_ARGUMENT);
    REFUSE_PRODUCER(group_sharing, FERRY_SHARING_EVERYONE + 1, FERRY_INVALID_ARGUMENT);
    REFUSE_PRODUCER(group_name, "0", FERRY_INVALID_ARGUMENT); /* and is not shared with a group */
    REFUSE_PRODUCER(full_timeout_ns, -1, FERRY_INVALID_ARGUMENT);
    REFUSE_PRODUCER(stall_limit_ns, -1, FERRY_INVALID_ARGUMENT);
    REFUSE_PRODUCER(stall_limit_ns, INT64_MIN, FERRY_INVALID_ARGUMENT);
    REFUSE_PRODUCER(adopt, 2, FERRY_INVALID_ARGUMENT);
    REFUSE_PRODUCER(max_held, 7, FERRY_INVALID_ARGUMENT);
    /* The dialect has no choice of slots. */
    good.dialect = FERRY_DIALECT_BASEIMAGE;
    REFUSE_PRODUCER(slots, 2, FERRY_INVALID_ARGUMENT);
    REFUSE_PRODUCER(slot_bytes, 4096, FERRY_INVALID_ARGUMENT);
}

static void refuse_consumer(ferry_consumer_options options, const char *option,
                            ferry_status wanted) {
    ferry_consumer *consumer = (ferry_consumer *)(void *)name;
    ferry_error error = {0};
    assert_int_equal(ferry_consumer_open(&consumer, &options, NULL), wanted);
    assert_int_equal(ferry_consumer_open(&consumer, &options, &error), wanted);
    assert_int_equal(error.status, wanted);
    assert_says(&error, option);
    assert_null(consumer);
}

static void test_consumer_options_out_of_range(void **state) {
    (void)state;
    ferry_consumer_options good = FERRY_CONSUMER_OPTIONS_INIT;
    ferry_producer *producer = open_channel(name, "options", 2, FERRY_WHEN_FULL_WAIT);
    good.name = name;
    good.wait_ns = 0;
    assert_int_equal(ferry_consumer_open(NULL, &good, NULL), FERRY_INVALID_ARGUMENT);
#define REFUSE_CONSUMER(field, number, status)                                                     \
    do {                                                                                           \
        ferry_consumer_options bad = good;                                                         \
        bad.field = number;                                                                        \
        refuse_consumer(bad, #field, status);                                                      \
    } while (0)
    REFUSE_CONSUMER(size, 0, FERRY_INVALID_ARGUMENT);
    REFUSE_CONSUMER(size, sizeof(size_t) - 1, FERRY_INVALID_ARGUMENT);
    REFUSE_CONSUMER(name, ".x", FERRY_BAD_NAME);
    REFUSE_CONSUMER(delivery, 2, FERRY_INVALID_ARGUMENT);
    REFUSE_CONSUMER(delivery, UINT32_MAX, FERRY_INVALID_ARGUMENT);
    REFUSE_CONSUMER(group_sharing, FERRY_SHARING_EVERYONE + 1, FERRY_INVALID_ARGUMENT);
    REFUSE_CONSUMER(group_name, "0", FERRY_INVALID_ARGUMENT); /* and is not shared with a group */
    REFUSE_CONSUMER(wait_ns, -1, FERRY_INVALID_ARGUMENT);
    REFUSE_CONSUMER(wait_ns, INT64_MIN, FERRY_INVALID_ARGUMENT);
    REFUSE_CONSUMER(bare_16bit_format, FERRY_FORMAT_GRAY, FERRY_INVALID_ARGUMENT);
    REFUSE_CONSUMER(bare_bottom_up, 2, FERRY_INVALID_ARGUMENT);
    REFUSE_CONSUMER(follow_early, 2, FERRY_INVALID_ARGUMENT);
    REFUSE_CONSUMER(max_lag, 1, FERRY_INVALID_ARGUMENT); /* of a consumer of the latest */
    assert_int_equal(ferry_producer_list_consumers(producer, NULL, 0), 0);
    ferry_producer_close(&producer);
    assert_nothing_left();
}

/* A program that was built against a shorter struct: what it does not have is not looked at. */
static void test_options_of_older_and_newer_programs(void **state) {
    (void)state;
    ferry_producer_options old = {.size = offsetof(ferry_producer_options, when_full),
                                  .name = own_name(name, "older"),
                                  .slots = 3,
                                  .slot_bytes = 8192,
                                  .when_full = 99,
                                  .group_sharing = 99,
                                  .full_timeout_ns = -1,
                                  .stall_limit_ns = -1};
    ferry_producer *producer = create_with(&old);
    assert_int_equal(producer->when_full, FERRY_WHEN_FULL_WAIT);
    assert_true(producer->full_timeout_ns == FERRY_FOREVER);
    assert_true(producer->stall_limit_ns == FERRY_FOREVER);

    ferry_producer_close(&producer);
    /* One that was built before groups had names. */
    ferry_producer_options nameless_one = FERRY_PRODUCER_OPTIONS_INIT;
    nameless_one.size = offsetof(ferry_producer_options, group_name);
    nameless_one.name = name;
    nameless_one.slot_bytes = 8192;
    nameless_one.group_name = (const char *)1;
    producer = create_with(&nameless_one);

    ferry_consumer_options old_consumer = {.size = offsetof(ferry_consumer_options, delivery),
                                           .name = name,
                                           .delivery = 99,
                                           .group_sharing = 99,
                                           .wait_ns = -1,
                                           .consumer_name = (const char *)1};
    struct {
        ferry_consumer_options known;
        uint8_t unknown[64];
    } newer = {.known = FERRY_CONSUMER_OPTIONS_INIT};
    memset(newer.unknown, 0xff, sizeof newer.unknown);
    newer.known.size = sizeof newer;
    newer.known.name = name;
    ferry_consumer *older_one = NULL, *newer_one = NULL;
    assert_int_equal(ferry_consumer_open(&older_one, &old_consumer, NULL), FERRY_OK);
    /* One that was built before groups had names. */
    ferry_consumer_options nameless = FERRY_CONSUMER_OPTIONS_INIT;
    nameless.size = offsetof(ferry_consumer_options, group_name);
    nameless.name = name;
    nameless.group_name = (const char *)1;
    assert_int_equal(ferry_consumer_open(&newer_one, &nameless, NULL), FERRY_OK);
    ferry_consumer_close(&newer_one);
    assert_int_equal(ferry_consumer_open(&newer_one, &newer.known, NULL), FERRY_OK);
    assert_int_equal(older_one->delivery, FERRY_DELIVERY_LATEST);
    send_up_to(producer, 1);
    take_and_release(older_one, 1);
    take_and_release(newer_one, 1);
    ferry_consumer_close(&newer_one);
    close_both(&producer, &older_one);
}

/* ---- counting ---- */

/* What the counters have to be, kept beside them. */
typedef struct mirror {
    ferry_consumer *consumer;
    uint64_t first, last, received, skipped;
} mirror;

static void assert_mirrored(const mirror *m, uint64_t head) {
    assert_counts(m->consumer, m->first, m->received, m->skipped, head - m->last);
}

static void take_mirrored(mirror *m, uint64_t head) {
    bool every = m->consumer->delivery == FERRY_DELIVERY_EVERY;
    uint64_t number = every ? m->last + 1 : head;
    ferry_frame frame;
    if (m->last == head) {
        assert_none_yet(m->consumer);
    } else {
        take_number(m->consumer, number, &frame);
        assert_int_equal(frame.skipped, number - m->last - 1);
        m->skipped += number - m->last - 1;
        m->last = number;
        m->received++;
        assert_mirrored(m, head);
        assert_int_equal(ferry_consumer_release(m->consumer, &frame), FERRY_OK);
    }
    assert_mirrored(m, head);
}

static void test_sums_at_every_step(void **state) {
    (void)state;
    enum { CONSUMERS = 4, STEPS = 3000 };
    ferry_producer *producer = open_channel(name, "sums", 16, FERRY_WHEN_FULL_DROP);
    mirror mirrors[CONSUMERS] = {0};
    uint64_t head = 0, drops = 0, random = 12345;
    for (uint32_t i = 0; i < CONSUMERS; i++) {
        send_up_to(producer, head = i); /* each joins one frame later than the one before */
        mirror *m = &mirrors[i];
        m->consumer = i % 2 == 0 ? open_every(name) : open_latest(name);
        m->first = i % 2 == 0 ? head + 1 : head;
        m->last = m->first - 1;
        assert_mirrored(m, head);
    }
    for (int step = 0; step < STEPS; step++) {
        random = random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        unsigned choice = (unsigned)(random >> 33) % 8;
        if (choice < CONSUMERS) {
            take_mirrored(&mirrors[choice], head);
        } else {
            ferry_status status = send_next(producer);
            assert_true(status == FERRY_OK || status == FERRY_FULL);
            head += status == FERRY_OK;
            drops += status == FERRY_FULL;
        }
        for (int i = 0; i < CONSUMERS; i++)
            assert_mirrored(&mirrors[i], head);
        assert_int_equal(dropped_by(producer), drops);
    }
    assert_true(head > 200 && drops > 100);
    for (int i = 0; i < CONSUMERS; i++)
        ferry_consumer_close(&mirrors[i].consumer);
    ferry_producer_close(&producer);
    assert_nothing_left();
}

static void test_the_list_of_consumers(void **state) {
    (void)state;
    ferry_producer *producer = open_channel(name, "list", 8, FERRY_WHEN_FULL_WAIT);
    ferry_consumer_options options = FERRY_CONSUMER_OPTIONS_INIT;
    ferry_consumer_info list[3];
    ferry_consumer *every = NULL, *latest = NULL;
    ferry_frame frame;
    assert_int_equal(ferry_producer_list_consumers(producer, list, 3), 0);
    options.name = name;
    options.delivery = FERRY_DELIVERY_EVERY;
    options.consumer_name = "re\ncorder\x1b[2J";
    assert_int_equal(ferry_consumer_open(&every, &options, NULL), FERRY_OK);
    options.delivery = FERRY_DELIVERY_LATEST;
    options.consumer_name = NULL;
    assert_int_equal(ferry_consumer_open(&latest, &options, NULL), FERRY_OK);
    send_up_to(producer, 5);
    take_number(every, 1, &frame);
    take_and_release(latest, 5);

    memset(list, 0xee, sizeof list);
    assert_int_equal(ferry_producer_list_consumers(producer, list, 3), 2);
    assert_string_equal(list[0].name, "re?corder?[2J");
    assert_string_equal(list[1].name, ferryi_self_program_name());
    assert_int_equal(list[0].delivery, FERRY_DELIVERY_EVERY);
    assert_int_equal(list[1].delivery, FERRY_DELIVERY_LATEST);
    assert_true(list[0].held == 1 && list[1].held == 0);
    assert_true(list[0].received == 1 && list[0].skipped == 0 && list[0].lag == 4);
    assert_true(list[1].received == 1 && list[1].skipped == 4 && list[1].lag == 0);
    assert_true(list[0].evicted == 0 && list[0].process_id == ferryi_self_process_id());
    /* A list that is too short is not overrun, and the number is that of all. */
    memset(list, 0xee, sizeof list);
    assert_int_equal(ferry_producer_list_consumers(producer, list, 1), 2);
    assert_int_equal((uint8_t)list[1].name[0], 0xee);
    assert_int_equal(ferry_producer_list_consumers(producer, NULL, 0), 2);
    ferry_consumer_close(&every);
    assert_int_equal(ferry_producer_list_consumers(producer, list, 3), 1);
    assert_int_equal(list[0].delivery, FERRY_DELIVERY_LATEST);
    close_both(&producer, &latest);
}

/* ---- as many as there may be ---- */

static void test_thirty_two_consumers(void **state) {
    (void)state;
    ferry_producer *producer = open_channel(name, "many", 4, FERRY_WHEN_FULL_DROP);
    ferry_consumer *consumers[FERRY_MAX_CONSUMERS];
    ferry_consumer_info list[FERRY_MAX_CONSUMERS];
    ferry_status status;
    for (int i = 0; i < FERRY_MAX_CONSUMERS; i++)
        consumers[i] = i % 2 == 0 ? open_every(name) : open_latest(name);
    assert_null(make_consumer(name, FERRY_DELIVERY_LATEST, &status));
    assert_int_equal(status, FERRY_TOO_MANY_CONSUMERS);
    for (uint64_t number = 1; number <= 20; number++) {
        send_up_to(producer, number);
        for (int i = 0; i < FERRY_MAX_CONSUMERS; i++)
            take_and_release(consumers[i], number);
    }
    assert_int_equal(ferry_producer_list_consumers(producer, list, FERRY_MAX_CONSUMERS), 32);
    ferry_consumer_close(&consumers[17]);
    consumers[17] = open_latest(name);
    assert_null(make_consumer(name, FERRY_DELIVERY_EVERY, &status));
    assert_int_equal(status, FERRY_TOO_MANY_CONSUMERS);
    /* The last one alone holds the producer up. */
    for (uint64_t number = 21; number <= 24; number++) {
        send_up_to(producer, number);
        for (int i = 0; i < 30; i++)
            take_and_release(consumers[i], number);
    }
    assert_int_equal(send_next(producer), FERRY_FULL);
    take_and_release(consumers[30], 21);
    assert_int_equal(send_next(producer), FERRY_OK);
    for (int i = 0; i < FERRY_MAX_CONSUMERS; i++)
        ferry_consumer_close(&consumers[i]);
    ferry_producer_close(&producer);
    assert_nothing_left();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_create_and_close, clean_up),
        cmocka_unit_test_teardown(test_a_second_producer_is_refused, clean_up),
        cmocka_unit_test_teardown(test_producer_options_out_of_range, clean_up),
        cmocka_unit_test_teardown(test_consumer_options_out_of_range, clean_up),
        cmocka_unit_test_teardown(test_options_of_older_and_newer_programs, clean_up),
        cmocka_unit_test_teardown(test_sums_at_every_step, clean_up),
        cmocka_unit_test_teardown(test_the_list_of_consumers, clean_up),
        cmocka_unit_test_teardown(test_thirty_two_consumers, clean_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
