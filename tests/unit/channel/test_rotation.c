/* Which slots large frames go through, and when a claim waits for a warm one: both sides run in a
 * course of events with a clock of its own (the linker puts clock, sleep and memory in), so that
 * each case goes the same way every time. The bounds are those of decision 53. */
#define _GNU_SOURCE /* pipe2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <frameferry/clock.h>

#include "channel_support.h"
#include "thinning.h"

#define US UINT64_C(1000)
#define MS UINT64_C(1000000)
#define TICK_NS UINT64_C(20) /* a look at the clock */

enum { SLOTS = 8, RING = 3, FRAMES = 600, LARGE = 3 << 20, SMALL = 1310720 };
#define MEMORY_MIB_NS (250 * US) /* giving it; the first access to it takes as long again */
#define PRICE_NS (2 * (LARGE >> 20) * MEMORY_MIB_NS)

static char name[NAME_BYTES];

/* ---- the course of events ---- */

typedef struct pace {
    uint64_t period_ns;   /* of the producer; 0: as fast as it goes */
    uint64_t fill_ns;     /* a frame in a slot that had been filled before */
    uint64_t work_ns;     /* of the consumer, on each frame */
    uint64_t pause_ns[3]; /* on the frames of the same place in paused */
    uint32_t length;
    uint32_t slots;
    int64_t timeout_ns;  /* of a claim; 0: none */
    uint64_t timed_from; /* so many frames are claimed without it before */
    uint32_t
        in_hand;   /* so many frames the consumer takes, works on, and gives back at once; 0: 1 */
    uint32_t kept; /* so many slots the producer keeps, of its first frames */
    bool eager;    /* claims take any free slot at once */
    bool quick_pages; /* the first access to memory costs nothing */
} pace;

enum { FIRST, EARLY, LATE };
static const uint64_t paused[] = {[FIRST] = 1, [EARLY] = 20, [LATE] = 450};

static struct {
    bool running;
    const pace *pace;
    uint64_t now_ns, done_ns; /* when the consumer has worked on its last frame; FERRYI_NEVER: it
                                 waits for one */
    ferry_consumer *consumer;
    ferry_frame frame[SLOTS];
    uint32_t in_hand;
} course;

uint64_t __real_ferry_clock_ns(void);
uint64_t __wrap_ferry_clock_ns(void);
bool __real_ferryi_event_wait(ferryi_event event, int64_t timeout_ns);
bool __wrap_ferryi_event_wait(ferryi_event event, int64_t timeout_ns);
ferry_status __real_ferryi_shm_reserve(const ferryi_shm *shm, uint64_t offset_bytes, uint64_t bytes,
                                       ferry_error *error);
ferry_status __wrap_ferryi_shm_reserve(const ferryi_shm *shm, uint64_t offset_bytes, uint64_t bytes,
                                       ferry_error *error);

uint64_t __wrap_ferry_clock_ns(void) {
    return course.running ? course.now_ns += TICK_NS : __real_ferry_clock_ns();
}

static void begin_work(void) {
    ferry_frame *frame = &course.frame[course.in_hand];
    if (course.done_ns != FERRYI_NEVER ||
        ferry_consumer_acquire(course.consumer, 0, frame, NULL) != FERRY_OK)
        return;
    course.in_hand++;
    course.done_ns = course.now_ns + course.pace->work_ns;
    for (size_t i = 0; i < sizeof paused / sizeof paused[0]; i++)
        if (frame->info.number == paused[i])
            course.done_ns += course.pace->pause_ns[i];
}

static void give_back(void) {
    while (course.in_hand > 0)
        assert_int_equal(ferry_consumer_release(course.consumer, &course.frame[--course.in_hand]),
                         FERRY_OK);
}

/* True when frames were given back. */
static bool end_work(void) {
    course.now_ns = course.done_ns > course.now_ns ? course.done_ns : course.now_ns;
    course.done_ns = FERRYI_NEVER;
    bool gives_back = course.in_hand >= course.pace->in_hand;
    if (gives_back)
        give_back();
    begin_work();
    return gives_back;
}

/* Time passes, and the consumer works. */
static void advance(uint64_t until_ns) {
    while (course.done_ns <= until_ns)
        end_work();
    course.now_ns = until_ns > course.now_ns ? until_ns : course.now_ns;
}

/* Until the consumer gives a frame back, or the time is over. */
bool __wrap_ferryi_event_wait(ferryi_event event, int64_t timeout_ns) {
    if (!course.running)
        return __real_ferryi_event_wait(event, timeout_ns);
    uint64_t until_ns = course.now_ns + (uint64_t)timeout_ns;
    bool woken = false;
    while (!woken && course.done_ns <= until_ns)
        woken = end_work();
    if (!woken)
        course.now_ns = until_ns > course.now_ns ? until_ns : course.now_ns;
    atomic_store(event.word, FERRYI_EVENT_IDLE);
    return woken;
}

ferry_status __wrap_ferryi_shm_reserve(const ferryi_shm *shm, uint64_t offset_bytes, uint64_t bytes,
                                       ferry_error *error) {
    if (!course.running)
        return __real_ferryi_shm_reserve(shm, offset_bytes, bytes, error);
    /* It is free: nobody writes a pixel. */
    advance(course.now_ns + (bytes >> 20) * MEMORY_MIB_NS);
    return FERRY_OK;
}

/* ---- one run ---- */

typedef struct outcome {
    uint64_t published_ns[FRAMES]; /* since the begin */
    uint32_t slot[FRAMES];
    uint32_t touched; /* slots in all */
} outcome;

static ferry_status claim(ferry_producer *producer, const pace *p, uint64_t published,
                          ferry_claim *claim) {
    ferry_frame_info info = {.width = 1024, .height = (int32_t)(p->length / 1024)};
    info.format = FERRY_FORMAT_GRAY;
    if (p->timeout_ns != 0 && published >= p->timed_from)
        return ferry_producer_claim_timed(producer, &info, p->timeout_ns, claim, NULL);
    if (p->eager) {
        ferry_status status = ferry_producer_claim_timed(producer, &info, 0, claim, NULL);
        if (status != FERRY_TIMEOUT)
            return status;
    }
    return ferry_producer_claim(producer, &info, claim, NULL);
}

static void produce(ferry_producer *producer, const pace *p, outcome *o) {
    uint64_t begun_ns = course.now_ns, touched = 0;
    for (uint32_t i = 0; i < FRAMES; i++) {
        advance(begun_ns + i * p->period_ns);
        ferry_claim open;
        assert_int_equal(claim(producer, p, i, &open), FERRY_OK);
        bool is_new = (touched >> open.slot & 1) == 0;
        touched |= UINT64_C(1) << open.slot;
        advance(course.now_ns + p->fill_ns +
                (is_new && !p->quick_pages ? (uint64_t)(p->length >> 20) * MEMORY_MIB_NS : 0));
        assert_int_equal(i < p->kept ? ferry_producer_commit_keep(producer, &open, NULL, NULL)
                                     : ferry_producer_commit(producer, &open, NULL, NULL),
                         FERRY_OK);
        o->slot[i] = open.slot;
        o->published_ns[i] = course.now_ns - begun_ns;
        begin_work();
    }
    o->touched = (uint32_t)__builtin_popcountll(touched);
}

static void run(const pace *p, outcome *o) {
    ferry_producer_options options = FERRY_PRODUCER_OPTIONS_INIT;
    options.name = own_name(name, "rotation");
    options.slots = p->slots;
    options.slot_bytes = LARGE + FERRY_HEADER_BYTES;
    ferry_producer *producer = create_with(&options);
    course.consumer = open_every(name);
    course.pace = p;
    course.now_ns = __real_ferry_clock_ns();
    course.done_ns = FERRYI_NEVER;
    course.running = true;
    produce(producer, p, o);
    while (course.done_ns != FERRYI_NEVER)
        end_work();
    give_back();
    course.running = false;
    close_both(&producer, &course.consumer);
}

/* How many slots the last frames went through. */
static uint32_t slots_at_the_end(const outcome *o) {
    uint64_t used = 0;
    for (uint32_t i = FRAMES - 50; i < FRAMES; i++)
        used |= UINT64_C(1) << o->slot[i];
    return (uint32_t)__builtin_popcountll(used);
}

/* ---- tests ---- */

static const pace saturated = {
    .fill_ns = 200 * US, .work_ns = 300 * US, .length = LARGE, .slots = SLOTS};

static void test_a_quick_producer_keeps_to_a_ring(void **state) {
    (void)state;
    outcome o;
    run(&saturated, &o);
    assert_int_equal(o.touched, RING);
    /* Unless it is told not to wait. */
    pace eager = saturated;
    eager.eager = true;
    run(&eager, &o);
    assert_int_equal(o.touched, SLOTS);
    /* Or frames are small. */
    pace small = saturated;
    small.length = SMALL;
    run(&small, &o);
    assert_int_equal(o.touched, SLOTS);
    /* Or so quick that nobody reads them. */
    pace unread = saturated;
    unread.fill_ns = 1 * US;
    unread.work_ns = 5 * US;
    run(&unread, &o);
    assert_int_equal(o.touched, SLOTS);
}

/* New memory is slow on both sides. That the first frames are does not mean that the consumer
 * stands still. */
static void test_the_first_frames_may_be_slow(void **state) {
    (void)state;
    outcome o;
    pace slow = saturated;
    uint64_t claimed_ns = RING * (PRICE_NS + slow.fill_ns); /* the first that finds the ring full */
    slow.pause_ns[FIRST] = claimed_ns - PRICE_NS;
    run(&slow, &o);
    assert_int_equal(o.touched, RING);
    /* It waits no longer than for the price of a slot, also if the first ones were cheaper. */
    slow.pause_ns[FIRST] = 100 * MS;
    slow.quick_pages = true;
    run(&slow, &o);
    claimed_ns = RING * (PRICE_NS / 2 + slow.fill_ns);
    assert_true(o.published_ns[RING] <= claimed_ns + PRICE_NS + PRICE_NS / 2 + slow.fill_ns + US);
}

static void test_a_claim_with_a_deadline_takes_what_is_free(void **state) {
    (void)state;
    outcome o;
    pace timed = saturated;
    timed.timeout_ns = 100 * US;
    timed.pause_ns[FIRST] = 8 * MS;
    run(&timed, &o); /* no claim fails */
    assert_true(o.touched > RING);
    uint64_t claimed_ns = RING * (PRICE_NS + timed.fill_ns);
    assert_true(o.published_ns[RING] <= claimed_ns + 100 * US + PRICE_NS + timed.fill_ns + US);
}

/* Of the claims that a standing consumer makes wait, the first one tells the others. */
static void test_deadlines_do_not_add_up(void **state) {
    (void)state;
    static outcome o, eager_one;
    pace timed = {.period_ns = 400 * US,
                  .fill_ns = 340 * US, /* it makes up for a part of a wait only */
                  .work_ns = 200 * US,
                  .length = LARGE,
                  .slots = 12,
                  .timeout_ns = 100 * US,
                  .timed_from = paused[LATE] - 5,
                  .pause_ns = {[EARLY] = 12 * (PRICE_NS + 400 * US), [LATE] = 3 * MS}};
    pace eager = timed;
    eager.timeout_ns = 0;
    eager.eager = true;
    run(&timed, &o);
    run(&eager, &eager_one);
    for (uint64_t i = paused[LATE]; i < paused[LATE] + 8; i++)
        assert_true(o.published_ns[i] <= eager_one.published_ns[i] + 101 * US);
}

static void test_it_costs_no_frame_rate(void **state) {
    (void)state;
    static outcome o, eager_one;
    pace eager = saturated;
    eager.eager = true;
    run(&saturated, &o);
    run(&eager, &eager_one);
    /* The consumer has each frame before it has done with the one before. */
    uint64_t took_ns = o.published_ns[FRAMES - 1] - o.published_ns[50];
    assert_true(took_ns <= (FRAMES - 51) * (saturated.work_ns + US));
    /* It is never more than the other slots behind. */
    assert_true(o.published_ns[FRAMES - 1] <=
                eager_one.published_ns[FRAMES - 1] + (SLOTS - RING) * (saturated.work_ns + US));
}

/* Waiting costs a consumer nothing that takes several frames at once, or whose producer keeps the
 * slots that would be warm. */
static void test_frames_in_hand_and_kept_ones(void **state) {
    (void)state;
    static outcome o, eager_one;
    for (uint32_t in_hand = 1; in_hand <= SLOTS - 2; in_hand++)
        for (uint32_t kept = 0; kept <= 3 && in_hand + kept <= SLOTS - 2; kept++) {
            pace p = saturated, eager;
            p.in_hand = in_hand;
            p.kept = kept;
            eager = p;
            eager.eager = true;
            run(&p, &o);
            run(&eager, &eager_one);
            uint64_t took_ns = o.published_ns[FRAMES - 1] - o.published_ns[50];
            uint64_t eager_ns = eager_one.published_ns[FRAMES - 1] - eager_one.published_ns[50];
            if (took_ns > eager_ns + (SLOTS - RING) * p.work_ns)
                fail_msg("%u in hand, %u kept: %llu us instead of %llu", (unsigned)in_hand,
                         (unsigned)kept, (unsigned long long)(took_ns / US),
                         (unsigned long long)(eager_ns / US));
        }
}

static void test_a_pause_takes_the_other_slots_and_gives_them_back(void **state) {
    (void)state;
    outcome o;
    pace with_pause = saturated;
    with_pause.pause_ns[LATE] = 30 * MS;
    run(&with_pause, &o);
    assert_true(o.touched > RING);
    assert_int_equal(slots_at_the_end(&o), RING);
}

static void test_a_slow_consumer_has_all_slots(void **state) {
    (void)state;
    outcome o;
    pace slow = saturated;
    slow.work_ns = PRICE_NS;
    run(&slow, &o);
    assert_int_equal(o.touched, SLOTS);
}

/* A producer whose three frames take less than the price of a new slot, also when it makes up for a
 * pause, may be late by that price, or by the frames that the slots beyond the ring would have
 * held; any other one never is. One that new memory makes late pays for
 * it at other times in the two runs: it is compared after a first pause in which all slots get
 * theirs.
 */
static void compare_lateness(pace p) {
    static outcome o, eager_one;
    bool may_be_late = 3 * p.work_ns <= PRICE_NS;
    p.pause_ns[EARLY] = p.slots * (PRICE_NS + p.fill_ns + p.period_ns);
    run(&p, &o);
    p.eager = true;
    run(&p, &eager_one);
    uint64_t beyond_ns = (p.slots - RING) * p.work_ns;
    uint64_t later_ns = beyond_ns > PRICE_NS ? beyond_ns : PRICE_NS;
    bool memory_is_late = p.period_ns < PRICE_NS + p.fill_ns;
    for (uint64_t i = memory_is_late ? paused[LATE] - 1 : 0; i < FRAMES; i++) {
        uint64_t bound_ns = (may_be_late ? later_ns : 0) + US;
        if (o.published_ns[i] > eager_one.published_ns[i] + bound_ns)
            fail_msg("frame %llu is %llu us later: period %llu, work %llu, pause %llu, %u slots",
                     (unsigned long long)i,
                     (unsigned long long)((o.published_ns[i] - eager_one.published_ns[i]) / US),
                     (unsigned long long)(p.period_ns / US), (unsigned long long)(p.work_ns / US),
                     (unsigned long long)(p.pause_ns[LATE] / US), (unsigned)p.slots);
    }
}

static void test_a_pace_is_kept(void **state) {
    (void)state;
    static const uint64_t periods_us[] = {150, 200, 350, 400,  450,  500,
                                          510, 600, 900, 2000, 5000, 16667};
    static const uint32_t slots[] = {4, 5, 6, 8, 12};
    int apart = cases_apart(), left = first_case(apart);
    for (size_t s = 0; s < sizeof slots / sizeof slots[0]; s++)
        for (size_t i = 0; i < sizeof periods_us / sizeof periods_us[0]; i++)
            for (uint64_t pause_us = 0; pause_us < 20000; pause_us = pause_us * 3 / 2 + 500) {
                if (left-- > 0)
                    continue;
                left = apart - 1;
                pace p = {.period_ns = periods_us[i] * US,
                          .fill_ns = 50 * US,
                          .work_ns = periods_us[i] * US / 2,
                          .pause_ns = {[LATE] = pause_us * US},
                          .length = LARGE,
                          .slots = slots[s]};
                compare_lateness(p);
            }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_quick_producer_keeps_to_a_ring),
        cmocka_unit_test(test_the_first_frames_may_be_slow),
        cmocka_unit_test(test_a_claim_with_a_deadline_takes_what_is_free),
        cmocka_unit_test(test_deadlines_do_not_add_up),
        cmocka_unit_test(test_it_costs_no_frame_rate),
        cmocka_unit_test(test_frames_in_hand_and_kept_ones),
        cmocka_unit_test(test_a_pause_takes_the_other_slots_and_gives_them_back),
        cmocka_unit_test(test_a_slow_consumer_has_all_slots),
        cmocka_unit_test(test_a_pace_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
