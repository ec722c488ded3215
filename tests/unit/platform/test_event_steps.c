/* Auto-reset events, step by step: the code of the event is compiled into this program once more,
 * with a place before every access at which the other side comes in between. What is lost there
 * would show in a stress test once in a long while. */
#define _GNU_SOURCE /* syscall */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdatomic.h>
#include <stdbool.h>

typedef _Atomic(uint32_t) event_word;

static void step(void);

static uint32_t plain_load(event_word *word) {
    return atomic_load(word);
}

static void plain_store(event_word *word, uint32_t value) {
    atomic_store(word, value);
}

static uint32_t plain_exchange(event_word *word, uint32_t value) {
    return atomic_exchange(word, value);
}

static bool plain_compare(event_word *word, uint32_t *expected, uint32_t value) {
    return atomic_compare_exchange_strong(word, expected, value);
}

#undef atomic_load_explicit
#undef atomic_store_explicit
#undef atomic_exchange_explicit
#undef atomic_compare_exchange_strong_explicit
#define atomic_load_explicit(word, order) (step(), plain_load(word))
#define atomic_store_explicit(word, value, order) (step(), plain_store(word, value))
#define atomic_exchange_explicit(word, value, order) (step(), plain_exchange(word, value))
#define atomic_compare_exchange_strong_explicit(word, expected, value, order, other)               \
    (step(), plain_compare(word, expected, value))
#include "platform/event.c"
#include "platform/linux/event_sleep.c"

/* ---- who comes in between, and when ---- */

static event_word word;
static void (*intrusion)(void); /* NULL: over, or under way */
static int steps_before;

static void step(void) {
    if (intrusion == NULL || steps_before-- > 0)
        return;
    void (*now)(void) = intrusion;
    intrusion = NULL;
    now();
}

static void come_after(int steps, void (*what)(void)) {
    plain_store(&word, FERRYI_EVENT_IDLE);
    steps_before = steps;
    intrusion = what;
}

static void other_sets(void) {
    ferryi_event_set((ferryi_event){.word = &word});
}

static void other_falls_asleep(void) {
    uint32_t idle = FERRYI_EVENT_IDLE;
    plain_compare(&word, &idle, FERRYI_EVENT_SLEEPING);
}

/* The most accesses that one call could make. */
enum { MANY = 10 };

static void test_a_set_in_the_midst_of_a_wait(void **state) {
    (void)state;
    int came = 0;
    for (int steps = 0; steps < MANY; steps++) {
        come_after(steps, other_sets);
        bool woken = ferryi_event_wait((ferryi_event){.word = &word}, INT64_C(10000000));
        if (intrusion != NULL)
            break;
        came++;
        /* Taken by this wait, or kept for the next one. */
        assert_true(woken != (plain_load(&word) == FERRYI_EVENT_SET));
        assert_int_not_equal(plain_load(&word), FERRYI_EVENT_SLEEPING);
    }
    assert_true(came >= 2 && came < MANY);
    intrusion = NULL;
}

static void test_a_sleeper_in_the_midst_of_a_set(void **state) {
    (void)state;
    int came = 0;
    for (int steps = 0; steps < MANY; steps++) {
        come_after(steps, other_falls_asleep);
        bool called = ferryi_event_set((ferryi_event){.word = &word});
        if (intrusion != NULL)
            break;
        came++;
        assert_true(called); /* it was asleep before the event was set: it has to be woken */
        assert_int_equal(plain_load(&word), FERRYI_EVENT_SET);
    }
    assert_true(came >= 1 && came < MANY);
    intrusion = NULL;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_set_in_the_midst_of_a_wait),
        cmocka_unit_test(test_a_sleeper_in_the_midst_of_a_set),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
