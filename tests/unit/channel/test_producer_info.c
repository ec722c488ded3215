/* The facts that consumers learn of their producer. */
#define _GNU_SOURCE /* pipe2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <time.h>

#include "channel_support.h"
#include "platform/self.h"

/* A machine that is busy, or steps its clock while the test runs, gets much more than a second. */
#define WIDE_NS (60 * FERRY_SECOND_NS)

static char name[NAME_BYTES];

static ferry_producer *create_named(const char *producer_name) {
    ferry_producer_options options = FERRY_PRODUCER_OPTIONS_INIT;
    options.name = own_name(name, "info");
    options.slots = 4;
    options.slot_bytes = 8192;
    options.producer_name = producer_name;
    return create_with(&options);
}

static ferry_producer_info read_by(ferry_consumer *consumer) {
    ferry_channel_info channel;
    memset(&channel, 0xff, sizeof channel);
    ferry_consumer_get_channel(consumer, &channel);
    return channel.producer;
}

/* The facts that a new consumer learns. */
static ferry_producer_info learn(void) {
    ferry_consumer *consumer = open_latest(name);
    ferry_producer_info info = read_by(consumer);
    ferry_consumer_close(&consumer);
    return info;
}

static int64_t wall_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * FERRY_SECOND_NS + now.tv_nsec;
}

static void assert_near_wall(int64_t offset_ns) {
    int64_t off = (int64_t)ferry_clock_ns() + offset_ns - wall_ns();
    assert_true(off < WIDE_NS && off > -WIDE_NS);
}

static void test_who_it_is(void **state) {
    (void)state;
    for (int is_dialect = 0; is_dialect < 2; is_dialect++) {
        uint64_t before_ns = ferry_clock_ns();
        ferry_producer *producer =
            is_dialect != 0 ? make_dialect(own_name(name, "info")) : create_named(NULL);
        assert_non_null(producer);
        ferry_producer_info info = learn();
        char user[FERRY_PRODUCER_NAME_MAX + 1] = "";
        ferryi_self_user(user, sizeof user);
        assert_string_equal(info.name, ferryi_self_program_name());
        assert_string_equal(info.user, user);
        assert_true(user[0] != '\0');
        assert_int_equal(info.process_id, ferryi_self_process_id());
        assert_true(info.start_ns >= before_ns && info.start_ns <= ferry_clock_ns());
        assert_near_wall(info.wall_offset_ns);
        for (size_t i = 0; i < sizeof info.reserved / sizeof info.reserved[0]; i++)
            assert_int_equal(info.reserved[i], 0);
        ferry_producer_close(&producer);
        assert_nothing_left();
    }
}

/* Names of any bytes and lengths come through as printable text, cut, and ended with a zero. */
static void test_names(void **state) {
    (void)state;
    char longest[FERRY_PRODUCER_NAME_MAX + 1], longer[3 * FERRY_PRODUCER_NAME_MAX];
    memset(longest, 'n', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    memset(longer, 'n', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    const struct {
        const char *given, *read;
    } cases[] = {
        {"camera 2", "camera 2"}, {"", ""},
        {" ~!", " ~!"},           {"a\nb\tc\x1b[31m\x7f", "a?b?c?[31m?"},
        {"K\xc3\xb6ln", "K??ln"}, {"\xff\x80\xfe", "???"},
        {longest, longest},       {longer, longest},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char own[sizeof longer];
        snprintf(own, sizeof own, "%s", cases[i].given);
        ferry_producer *producer = create_named(own);
        memset(own, 'x', sizeof own - 1); /* it was copied */
        assert_string_equal(learn().name, cases[i].read);
        ferry_producer_close(&producer);
    }
    assert_nothing_left();
}

/* Any process that may make the channel can write any bytes here: nothing goes by them, and no text
 * is longer than its room or moves a terminal's cursor. */
static void test_a_block_with_anything_in_it(void **state) {
    (void)state;
    ferry_producer *producer = create_named("honest");
    ferry_consumer *consumer = open_every(name);
    ferryi_block *block = producer->block;
    for (int byte = 1; byte < 256; byte++) {
        memset(block->producer_name, byte, sizeof block->producer_name);
        memset(block->producer_user, byte, sizeof block->producer_user);
        block->process_id = UINT32_MAX;
        block->start_ns = UINT64_MAX;
        atomic_store(&block->wall_offset_ns, INT64_MIN);
        ferry_producer_info infos[] = {read_by(consumer), learn()};
        char wanted = byte >= 0x20 && byte < 0x7f ? (char)byte : '?';
        for (int i = 0; i < 2; i++) {
            const ferry_producer_info *info = &infos[i];
            assert_int_equal(strlen(info->name), FERRY_PRODUCER_NAME_MAX);
            assert_int_equal(strlen(info->user), FERRY_PRODUCER_NAME_MAX);
            assert_int_equal(strspn(info->name, (char[]){wanted, '\0'}), strlen(info->name));
            assert_int_equal(strspn(info->user, (char[]){wanted, '\0'}), strlen(info->user));
            assert_true(info->process_id == UINT32_MAX && info->start_ns == UINT64_MAX);
            assert_true(info->wall_offset_ns == INT64_MIN);
        }
    }
    send_up_to(producer, 1);
    take_and_release(consumer, 1);
    close_both(&producer, &consumer);
}

/* The system's clock may be set while a producer lives: it looks again once a second. */
static void test_the_wall_clock_is_looked_at_again(void **state) {
    (void)state;
    ferry_producer *producer = create_named(NULL);
    ferry_consumer *consumer = open_latest(name);
    atomic_store(&producer->block->wall_offset_ns, 1);
    uint64_t tended_ns = producer->tended_ns = ferry_clock_ns(); /* not due before a second */
    ferry_producer_tend(producer);
    assert_true(read_by(consumer).wall_offset_ns == 1 ||
                ferry_clock_ns() - tended_ns >= (uint64_t)FERRY_SECOND_NS);
    producer->tended_ns = 0;
    ferry_producer_tend(producer);
    assert_near_wall(read_by(consumer).wall_offset_ns);
    close_both(&producer, &consumer);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_who_it_is, clean_up),
        cmocka_unit_test_teardown(test_names, clean_up),
        cmocka_unit_test_teardown(test_a_block_with_anything_in_it, clean_up),
        cmocka_unit_test_teardown(test_the_wall_clock_is_looked_at_again, clean_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
