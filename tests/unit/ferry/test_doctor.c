/* How ferry doctor judges a channel of each state, and what it makes of sizes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include <frameferry/frameferry.h>

#include "doctor_findings.c"
#include "doctor_judge.c"

/* ---- what was found ---- */

enum { FOUND_MOST = 8 };

static struct {
    doctor_level level;
    char text[2048];
} found[FOUND_MOST];
static size_t found_count;

static void keep(void *argument, const doctor_finding *f) {
    (void)argument;
    assert_true(found_count < FOUND_MOST);
    found[found_count].level = f->level;
    snprintf(found[found_count].text, sizeof found[0].text, "%s: %s", f->what,
             f->advice != NULL ? f->advice : "-");
    found_count++;
}

/* Judges a look, as one that was asked for or not. */
static void judge(const ferry_peek *peek, bool is_asked_for) {
    doctor d = {.deliver = keep, .name = is_asked_for ? "cam" : NULL};
    found_count = 0;
    doctor_judge(&d, "cam", peek);
    doctor_finish(&d);
    assert_false(d.has_no_memory);
    app_line_free(&d.what);
    app_line_free(&d.advice);
}

static void assert_found(size_t index, doctor_level level, const char *part) {
    assert_true(index < found_count);
    assert_int_equal(found[index].level, level);
    if (strstr(found[index].text, part) == NULL)
        fail_msg("\"%s\" is not in \"%s\"", part, found[index].text);
}

/* A channel of eight slots with a consumer of every frame that is so far behind. */
static ferry_peek channel_of(ferry_peek_state state, uint64_t lag) {
    ferry_peek p;
    memset(&p, 0, sizeof p);
    p.state = state;
    p.has_block = p.has_newest = p.knows_consumers = p.is_own = 1;
    p.slots = 8;
    p.head = 100;
    p.memory_bytes = 3 << 20;
    p.newest_age_ns = 12 * (uint64_t)FERRY_SECOND_NS;
    p.producer.process_id = 77;
    snprintf(p.producer.name, sizeof p.producer.name, "sender");
    p.consumer_count = 1;
    p.consumer[0].is_alive = 1;
    p.consumer[0].info.delivery = FERRY_DELIVERY_EVERY;
    p.consumer[0].info.lag = lag;
    p.consumer[0].info.process_id = 88;
    snprintf(p.consumer[0].info.name, sizeof p.consumer[0].info.name, "saver");
    return p;
}

/* ---- tests ---- */

static void each_state(void **state) {
    (void)state;
    static const struct {
        ferry_peek_state state;
        doctor_level all, asked;
        const char *part;
    } cases[] = {
        {FERRY_PEEK_STARTING, DOCTOR_WARN, DOCTOR_WARN, "starting or ending"},
        {FERRY_PEEK_EMPTY, DOCTOR_WARN, DOCTOR_WARN, "sender (process 77): its source"},
        {FERRY_PEEK_LIVE, DOCTOR_OK, DOCTOR_OK, "is live: frame 100, 1 consumer: -"},
        {FERRY_PEEK_IDLE, DOCTOR_WARN, DOCTOR_WARN, "no frame has come for 12.0 s"},
        {FERRY_PEEK_ENDED, DOCTOR_WARN, DOCTOR_FAIL, "has ended"},
        {FERRY_PEEK_DEAD, DOCTOR_WARN, DOCTOR_FAIL, "dead, and keeps 3 MiB"},
        {FERRY_PEEK_BARE, DOCTOR_OK, DOCTOR_OK, "BaseImage"},
        {FERRY_PEEK_OTHER_VERSION, DOCTOR_WARN, DOCTOR_FAIL, "other version: Its layout. Use one"},
        {FERRY_PEEK_MALFORMED, DOCTOR_WARN, DOCTOR_FAIL, "malformed: Its layout. Use another"},
        {FERRY_PEEK_FOREIGN, DOCTOR_WARN, DOCTOR_FAIL, "foreign: Its layout. Use another"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ferry_peek p = channel_of(cases[i].state, 0);
        snprintf(p.detail, sizeof p.detail, "Its layout");
        for (int asked = 0; asked < 2; asked++) {
            judge(&p, asked == 1);
            assert_int_equal(found_count, 1);
            assert_found(0, asked ? cases[i].asked : cases[i].all, cases[i].part);
        }
    }
}

static void another_users(void **state) {
    (void)state;
    ferry_peek p = channel_of(FERRY_PEEK_UNREADABLE, 0);
    snprintf(p.detail, sizeof p.detail, "cannot look at it");
    judge(&p, false); /* its objects tell */
    assert_int_equal(found_count, 0);
    judge(&p, true);
    assert_found(0, DOCTOR_FAIL, "cannot look at it. Run both sides as one user");
    p = channel_of(FERRY_PEEK_DEAD, 0);
    p.is_own = 0;
    snprintf(p.owner, sizeof p.owner, "anna (id 1001)");
    judge(&p, true);
    assert_found(0, DOCTOR_FAIL, "ferry clean cam, as anna (id 1001) or as root");
}

static void a_consumer_that_is_in_the_way(void **state) {
    (void)state;
    for (uint64_t lag = 6; lag <= 7; lag++) {
        ferry_peek p = channel_of(FERRY_PEEK_IDLE, lag);
        judge(&p, true);
        assert_found(0, DOCTOR_WARN,
                     lag == 7 ? "waits for the consumer saver (process 88), which is 7"
                              : "look at its producer, sender (process 77)");
        p.consumer[0].info.held = 1;
        judge(&p, true);
        assert_found(0, DOCTOR_WARN, "waits for the consumer saver");
    }
}

/* Of one that skips frames nothing else tells while it stands still. */
static void a_consumer_that_is_late(void **state) {
    (void)state;
    for (uint64_t lag = 8; lag <= 9; lag++) {
        ferry_peek p = channel_of(FERRY_PEEK_LIVE, lag);
        p.consumer[0].info.max_lag = 6;
        judge(&p, true);
        assert_int_equal(found_count, 1);
        assert_found(0, DOCTOR_OK,
                     lag == 8 ? "1 consumer: -"
                              : "the consumer saver (process 88) is 9 frames behind");
    }
}

static void a_consumer_that_is_not(void **state) {
    (void)state;
    ferry_peek p = channel_of(FERRY_PEEK_IDLE, 7);
    p.when_full = FERRY_WHEN_FULL_DROP;
    judge(&p, true);
    assert_found(0, DOCTOR_WARN, "look at its producer");
    p = channel_of(FERRY_PEEK_IDLE, 7);
    p.consumer[0].info.max_lag = 3;
    judge(&p, true);
    assert_found(0, DOCTOR_WARN, "look at its producer");
    p = channel_of(FERRY_PEEK_IDLE, 7);
    p.consumer[0].is_alive = 0;
    judge(&p, true);
    assert_found(0, DOCTOR_WARN, "look at its producer");
    p = channel_of(FERRY_PEEK_IDLE, 7);
    p.consumer[0].info.delivery = FERRY_DELIVERY_LATEST;
    judge(&p, true);
    assert_found(0, DOCTOR_WARN, "look at its producer");
}

static void the_pace_of_a_live_channel(void **state) {
    (void)state;
    ferry_peek p = channel_of(FERRY_PEEK_LIVE, 7);
    judge(&p, true);
    assert_found(0, DOCTOR_OK, "saver (process 88) sets its pace");
    p.when_full = FERRY_WHEN_FULL_DROP;
    p.dropped = 5;
    judge(&p, true);
    assert_found(0, DOCTOR_OK, "5 frames dropped; the consumer saver (process 88) is slow");
}

static void an_evicted_consumer(void **state) {
    (void)state;
    ferry_peek p = channel_of(FERRY_PEEK_LIVE, 7);
    p.consumer[0].info.evicted = 1;
    judge(&p, true);
    assert_int_equal(found_count, 2);
    assert_found(0, DOCTOR_OK, "0 consumers: -");
    assert_found(1, DOCTOR_WARN, "saver (process 88) was evicted");
    p.consumer[0].is_alive = 0;
    judge(&p, true);
    assert_int_equal(found_count, 1);
}

static void nobody_to_send_to(void **state) {
    (void)state;
    ferry_peek p = channel_of(FERRY_PEEK_EMPTY, 0);
    p.consumer_count = 0;
    judge(&p, true);
    assert_found(0, DOCTOR_WARN, "there is no consumer");
}

static void sizes(void **state) {
    (void)state;
    static const struct {
        uint64_t bytes;
        const char *text;
    } cases[] = {{0, "0 bytes"},
                 {1023, "1023 bytes"},
                 {1024, "1 KiB"},
                 {1536, "1.5 KiB"},
                 {64 << 20, "64 MiB"},
                 {UINT64_C(5) << 29, "2.5 GiB"},
                 {300 * 1024 + 512, "300 KiB"},
                 {UINT64_C(1) << 50, "1024 TiB"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[DOCTOR_SIZE_BYTES];
        assert_string_equal(doctor_size(text, cases[i].bytes), cases[i].text);
    }
}

static void text_is_escaped(void **state) {
    (void)state;
    app_line line = APP_LINE_INIT;
    doctor_finding f = {
        .level = DOCTOR_WARN, .check = "objects", .what = "a\033[1m", .advice = "b\n"};
    doctor_put_text(&line, &f);
    app_line_put(&line, "", 1);
    assert_string_equal(line.text, "WARN  a\\x1b[1m: b\\x0a\n");
    app_line_clear(&line);
    doctor_put_json(&line, &f);
    app_line_put(&line, "", 1);
    assert_non_null(strstr(
        line.text, "\"channel\": null, \"what\": \"a\\u001b[1m\", \"advice\": \"b\\u000a\"}"));
    app_line_free(&line);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_state),
        cmocka_unit_test(another_users),
        cmocka_unit_test(a_consumer_that_is_in_the_way),
        cmocka_unit_test(a_consumer_that_is_late),
        cmocka_unit_test(a_consumer_that_is_not),
        cmocka_unit_test(the_pace_of_a_live_channel),
        cmocka_unit_test(an_evicted_consumer),
        cmocka_unit_test(nobody_to_send_to),
        cmocka_unit_test(sizes),
        cmocka_unit_test(text_is_escaped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
