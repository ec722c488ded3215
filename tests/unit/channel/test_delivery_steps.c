/* The protocol, interleaved step by step. The way of a frame is compiled into this program once
 * more, with a place to switch before every access that others can see: a producer and a consumer,
 * each in a thread of its own, take turns there, one at a time. All schedules with up to three
 * switches, of some scripts with four, are run through, in sequentially consistent order. So a step
 * that is missing, or in the wrong place, shows every time, and not once in a million frames. A
 * build that runs only some of them (thinning.h) looks for what its sanitizer finds.
 *
 * What needs a weaker order than this, and what needs more switches, is for the stress tests and
 * the model. */
#define _GNU_SOURCE /* pipe2, sched_setaffinity */
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "channel/attach.h"
#include "channel/info.h"
#include "channel/objects.h"
#include "channel_support.h"
#include "idle_support.h"
#include "thinning.h"

static void step(const volatile void *word);

#undef atomic_load_explicit
#undef atomic_store_explicit
#undef atomic_fetch_or_explicit
#undef atomic_fetch_and_explicit
#define atomic_load_explicit(word, order) (step(word), *(word))
#define atomic_store_explicit(word, value, order) (step(word), (void)(*(word) = (value)))
#define atomic_fetch_or_explicit(word, value, order) (step(word), (void)(*(word) |= (value)))
#define atomic_fetch_and_explicit(word, value, order) (step(word), (void)(*(word) &= (value)))
/* Plain memory has no accesses of its own to stop at: before and after has to do. */
#define ferryi_info_write(info, header, descriptor)                                                \
    (step(descriptor), (ferryi_info_write)(info, header, descriptor), step(descriptor))
#define ferryi_info_read(out, header, descriptor, capacity)                                        \
    (step(descriptor), (ferryi_info_read)(out, header, descriptor, capacity))
#include "channel/slots.c"

#include "channel/claim.c"
#include "channel/publish.c"

#include "channel/attach.c"
#include "channel/counting.c"
#include "channel/hold.c"
#include "channel/liveness.c"
#include "channel/next.c"
#include "channel/receive.c"
#include "channel/upstream_block.c"
#include "channel/wait.c"

/* ---- taking turns ---- */

enum { PRODUCING, CONSUMING, ACTORS, TURNS = 3, TO_THE_END = 1 << 30 };

typedef struct world world;

typedef struct actor {
    pthread_t thread;
    world *w;
    void (*play)(world *);
    sem_t go;
    bool over;
} actor;

struct world {
    ferry_producer *producer;
    ferry_consumer *every, *latest, *joiner, *bounded;
    ferry_frame in_hand[2], of_joiner, of_bounded;
    int sends;
    bool ends;       /* after these */
    bool gives_back; /* the memory of what lies idle, before each of them */
    bool finds_slot; /* for each of them: nobody stands in the way */
    const char *fault;

    actor actors[ACTORS];
    int turn;          /* whose */
    int turns[TURNS];  /* steps in each turn; after that, to the end */
    int left;          /* steps in this turn */
    int switches;      /* so far */
    bool ended[TURNS]; /* somebody has, in this turn: more steps there would change nothing */
    sem_t both_over;
};

static world *stage; /* NULL while nobody plays */

/* False when the other one has ended already. After true all of this is the other's. */
static bool give_turn(world *w) {
    int other = 1 - w->turn;
    if (w->actors[other].over)
        return false;
    w->switches++;
    w->left = w->switches < TURNS ? w->turns[w->switches] : TO_THE_END;
    w->turn = other;
    sem_post(&w->actors[other].go);
    return true;
}

/* Words that only one actor touches, and those of consumers that are not there, need no switch. */
static bool is_shared(const world *w, const volatile void *word) {
    const struct {
        const void *start;
        size_t bytes;
    } places[] = {{w->producer->block, sizeof(ferryi_block)},
                  {w->producer->consumers->record, 3 * sizeof(ferryi_record)},
                  {w->every != NULL ? w->every->block : NULL, sizeof(ferryi_block)},
                  {w->every != NULL ? w->every->record : NULL, sizeof(ferryi_record)},
                  {w->latest->block, sizeof(ferryi_block)},
                  {w->latest->record, sizeof(ferryi_record)},
                  {w->joiner != NULL ? w->joiner->block : NULL, sizeof(ferryi_block)},
                  {w->joiner != NULL ? w->joiner->record : NULL, sizeof(ferryi_record)},
                  {w->bounded != NULL ? w->bounded->block : NULL, sizeof(ferryi_block)},
                  {w->bounded != NULL ? w->bounded->record : NULL, sizeof(ferryi_record)}};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
        if (places[i].start != NULL &&
            (uintptr_t)word - (uintptr_t)places[i].start < places[i].bytes)
            return true;
    return false;
}

static void step(const volatile void *word) {
    world *w = stage;
    if (w == NULL || !is_shared(w, word))
        return;
    if (w->left-- > 0)
        return;
    int me = w->turn;
    if (give_turn(w))
        sem_wait(&w->actors[me].go);
}

static void *act(void *argument) {
    actor *a = argument;
    world *w = a->w;
    sem_wait(&a->go);
    a->play(w);
    a->over = true;
    if (w->switches < TURNS)
        w->ended[w->switches] = true;
    if (!give_turn(w))
        sem_post(&w->both_over);
    return NULL;
}

static void play_both(world *w, int first) {
    sem_init(&w->both_over, 0, 0);
    for (int i = 0; i < ACTORS; i++) {
        w->actors[i].w = w;
        sem_init(&w->actors[i].go, 0, 0);
        assert_int_equal(pthread_create(&w->actors[i].thread, NULL, act, &w->actors[i]), 0);
    }
    w->turn = first;
    w->left = w->turns[0];
    stage = w;
    sem_post(&w->actors[first].go);
    sem_wait(&w->both_over);
    stage = NULL;
    for (int i = 0; i < ACTORS; i++)
        pthread_join(w->actors[i].thread, NULL);
}

/* ---- what the actors do ---- */

static void expect(world *w, bool fine, const char *fault) {
    if (!fine && w->fault == NULL)
        w->fault = fault;
}

/* With steps in the midst of the pixels, unlike send_next. */
static void send_slowly(world *w) {
    ferry_frame_info info = small_info();
    ferry_claim claim;
    ferry_status status = ferry_producer_claim(w->producer, &info, &claim, NULL);
    expect(w, status == FERRY_OK || status == FERRY_FULL, "claiming");
    expect(w, status == FERRY_OK || !w->finds_slot, "nobody is in the way, and no slot is found");
    if (status != FERRY_OK)
        return;
    uint64_t number = w->producer->head + 1;
    step(w->producer->block);
    for (uint32_t i = 0; i < PIXELS; i++) {
        claim.pixels[i] = pixel_of(number, i);
        if (i == PIXELS / 2)
            step(w->producer->block);
    }
    expect(w, ferry_producer_commit(w->producer, &claim, NULL, NULL) == FERRY_OK, "committing");
}

static void play_claim(world *w) {
    ferry_frame_info info = small_info();
    ferry_claim claim;
    ferry_status status = ferry_producer_claim(w->producer, &info, &claim, NULL);
    expect(w, status == FERRY_OK, "nobody is in the way, and no slot is found");
    if (status == FERRY_OK)
        ferry_producer_abort(w->producer, &claim);
}

static void play_sends(world *w) {
    for (int i = 0; i < w->sends; i++) {
        if (w->gives_back)
            give_idle_back(w->producer);
        send_slowly(w);
    }
    if (w->ends)
        ferryi_objects_announce_end(&w->producer->objects);
}

static bool may_skip(const ferry_consumer *consumer) {
    return consumer->delivery == FERRY_DELIVERY_LATEST || consumer->lag_limit != 0;
}

/* Takes a frame, if there is one. */
static bool take_some(world *w, ferry_consumer *consumer, ferry_frame *frame) {
    ferry_status status;
    take_next(consumer, 0, frame, &status);
    expect(w,
           status == FERRY_OK || status == FERRY_TIMEOUT ||
               (w->ends && status == FERRY_END_OF_STREAM),
           status == FERRY_OVERRUN ? "torn" : "acquiring");
    if (status == FERRY_OK && !may_skip(consumer))
        expect(w, frame->skipped == 0, "a frame is missing");
    return status == FERRY_OK;
}

static void give(world *w, ferry_consumer *consumer, ferry_frame *frame) {
    if (frame->pixels == NULL)
        return;
    expect(w, is_painted(frame->pixels, frame->info.number), "overwritten in hand");
    expect(w, ferry_consumer_release(consumer, frame) == FERRY_OK, "releasing");
}

static void play_latest(world *w) {
    if (take_some(w, w->latest, &w->in_hand[0])) {
        give(w, w->latest, &w->in_hand[0]);
        take_some(w, w->latest, &w->in_hand[0]); /* stays in hand */
    }
}

static void play_every(world *w) {
    give(w, w->every, &w->in_hand[1]);
    if (take_some(w, w->every, &w->in_hand[1])) {
        give(w, w->every, &w->in_hand[1]);
        take_some(w, w->every, &w->in_hand[1]);
    }
}

static void play_bounded(world *w) {
    if (take_some(w, w->bounded, &w->of_bounded)) {
        give(w, w->bounded, &w->of_bounded);
        take_some(w, w->bounded, &w->of_bounded);
    }
}

static void play_bounded_once(world *w) {
    take_some(w, w->bounded, &w->of_bounded);
}

static void play_to_the_end(world *w) {
    for (int i = 0; i < 2; i++) {
        if (take_some(w, w->every, &w->in_hand[1]))
            give(w, w->every, &w->in_hand[1]);
        if (take_some(w, w->latest, &w->in_hand[0]))
            give(w, w->latest, &w->in_hand[0]);
    }
}

/* As ferry_consumer_open does, but without waiting for a producer, and noted down before it begins:
 * what it attaches to are steps. */
static void attach(world *w, ferry_consumer **out, uint32_t delivery, uint32_t max_lag) {
    ferry_consumer *c = calloc(1, sizeof *c);
    if (c == NULL)
        abort();
    c->frames = c->consumers = (ferryi_shm)FERRYI_SHM_INIT;
    c->leases = (ferryi_leases)FERRYI_LEASES_INIT;
    c->delivery = delivery;
    c->max_lag = max_lag;
    c->fork_count = w->producer->fork_count;
    c->names = w->producer->objects.names;
    *out = c;
    expect(w, ferryi_attach_try(c, NULL) == FERRY_OK, "joining");
}

static void play_join_every(world *w) {
    attach(w, &w->joiner, FERRY_DELIVERY_EVERY, 0);
    take_some(w, w->joiner, &w->of_joiner);
}

static void play_join_latest(world *w) {
    attach(w, &w->joiner, FERRY_DELIVERY_LATEST, 0);
    take_some(w, w->joiner, &w->of_joiner);
}

static void play_join_bounded(world *w) {
    attach(w, &w->joiner, FERRY_DELIVERY_EVERY, 2);
    take_some(w, w->joiner, &w->of_joiner);
}

/* ---- schedules ---- */

typedef struct script {
    void (*consume)(world *);
    uint32_t slots;
    int sends;
    bool ends;
    bool gives_back, finds_slot; /* as in the world */
    bool four_switches;          /* the producer begins, and only claims; else three, and both do */
    bool with_every;             /* an "every" consumer is there from the start */
    uint32_t max_lag;            /* not 0: a bounded one is */
    uint64_t before;             /* frames published before */
    uint64_t taken; /* of these, by the "every" consumer; the last one is still in its hand */
} script;

static void set_up(world *w, const script *s, const int turns[TURNS]) {
    char name[NAME_BYTES];
    *w = (world){.sends = s->sends,
                 .ends = s->ends,
                 .gives_back = s->gives_back,
                 .finds_slot = s->finds_slot};
    memcpy(w->turns, turns, sizeof w->turns);
    w->producer = make_producer(own_name(name, "steps"), s->slots, FERRY_WHEN_FULL_DROP, NULL);
    assert_non_null(w->producer);
    if (s->with_every)
        attach(w, &w->every, FERRY_DELIVERY_EVERY, 0);
    attach(w, &w->latest, FERRY_DELIVERY_LATEST, 0);
    if (s->max_lag != 0)
        attach(w, &w->bounded, FERRY_DELIVERY_EVERY, s->max_lag);
    for (uint64_t number = 1; number <= s->before; number++) {
        assert_int_equal(send_next(w->producer), FERRY_OK);
        if (number > s->taken)
            continue;
        give(w, w->every, &w->in_hand[1]);
        take_number(w->every, number, &w->in_hand[1]);
    }
    w->actors[PRODUCING].play = s->four_switches ? play_claim : play_sends;
    w->actors[CONSUMING].play = s->consume;
}

/* Whatever happened, what is there now can be read, and everything adds up. */
static void read_the_rest(world *w, ferry_consumer *consumer, ferry_frame *frame) {
    if (consumer == NULL)
        return;
    give(w, consumer, frame);
    while (take_some(w, consumer, frame))
        give(w, consumer, frame);
    ferry_consumer_counters c;
    ferry_consumer_get_counters(consumer, &c);
    expect(w, c.pending == 0 && c.head - c.first + 1 == c.received + c.skipped, "sums");
    expect(w, may_skip(consumer) || c.skipped == 0, "skipped");
    expect(w, c.overrun == 0 && c.held == 0, "overrun or held");
}

static void read_all(world *w) {
    read_the_rest(w, w->every, &w->in_hand[1]);
    read_the_rest(w, w->latest, &w->in_hand[0]);
    read_the_rest(w, w->joiner, &w->of_joiner);
    read_the_rest(w, w->bounded, &w->of_bounded);
}

static void strike(world *w) {
    for (uint32_t i = 0; i < w->producer->objects.geometry.slots; i++)
        expect(w, w->producer->block->descriptor[i].frame == w->producer->slot[i].frame, "number");
    read_all(w);
    for (int i = 0; i < 4 && !w->ends; i++)
        expect(w, send_next(w->producer) == FERRY_OK || w->every != NULL || w->joiner != NULL,
               "sending afterwards");
    read_all(w);
    ferry_consumer_close(&w->every);
    ferry_consumer_close(&w->latest);
    ferry_consumer_close(&w->joiner);
    ferry_consumer_close(&w->bounded);
    ferry_producer_close(&w->producer);
}

/* Runs one schedule; the fault that it shows, or NULL. */
static const char *run(const script *s, int first, const int turns[TURNS], bool ended[TURNS]) {
    world w;
    set_up(&w, s, turns);
    play_both(&w, first);
    strike(&w);
    memcpy(ended, w.ended, sizeof w.ended);
    return w.fault;
}

/* The next schedule: one more step in the last turn that is counted (more of them where schedules
 * are thinned), unless somebody has ended in that one or before. False: there is no other. */
static bool next_schedule(int turns[TURNS], int counted, int apart, const bool ended[TURNS]) {
    int turn = 0;
    while (turn < counted - 1 && !ended[turn])
        turn++;
    bool over = ended[turn];
    if (over) {
        turns[turn] = turn == counted - 1 ? first_case(apart) : 0;
        turn--;
    }
    if (turn < 0)
        return false;
    turns[turn] += over ? 1 : apart;
    return true;
}

static void run_all(const script *s) {
    unsigned schedules = 0;
    int apart = cases_apart();
    int counted = s->four_switches ? TURNS : TURNS - 1;
    for (int first = 0; first < (s->four_switches ? 1 : ACTORS); first++) {
        int turns[TURNS] = {[TURNS - 1] = s->four_switches ? 0 : TO_THE_END};
        bool ended[TURNS];
        do {
            const char *fault = run(s, first, turns, ended);
            if (fault != NULL)
                fail_msg("%s, when the %s goes first, %d steps, then the other %d, then %d", fault,
                         first == PRODUCING ? "producer" : "consumer", turns[0], turns[1],
                         turns[2]);
            schedules++;
        } while (next_schedule(turns, counted, apart, ended));
    }
    assert_true(schedules * (unsigned)apart > 100);
    assert_nothing_left();
}

static void test_taking_the_latest(void **state) {
    (void)state;
    run_all(&(script){.consume = play_latest, .slots = 3, .sends = 2});
    run_all(&(script){.consume = play_latest, .slots = 3, .sends = 2, .before = 2});
}

static void test_taking_every(void **state) {
    (void)state;
    run_all(&(script){.consume = play_every, .slots = 3, .sends = 2, .with_every = true});
    run_all(&(script){.consume = play_every,
                      .slots = 2,
                      .sends = 2,
                      .with_every = true,
                      .before = 2,
                      .taken = 1});
}

static void test_the_end(void **state) {
    (void)state;
    run_all(&(script){
        .consume = play_to_the_end, .slots = 2, .sends = 1, .ends = true, .with_every = true});
}

static void test_joining_for_every(void **state) {
    (void)state;
    run_all(&(script){.consume = play_join_every, .slots = 2, .sends = 3, .before = 1});
}

static void test_joining_for_the_latest(void **state) {
    (void)state;
    run_all(&(script){.consume = play_join_latest, .slots = 3, .sends = 2, .before = 1});
}

static void test_taking_within_a_bound(void **state) {
    (void)state;
    run_all(&(script){
        .consume = play_bounded, .slots = 3, .sends = 2, .max_lag = 1, .finds_slot = true});
    run_all(&(script){.consume = play_bounded,
                      .slots = 3,
                      .sends = 2,
                      .max_lag = 2,
                      .before = 3,
                      .finds_slot = true});
    run_all(&(script){.consume = play_bounded,
                      .slots = 4,
                      .sends = 1,
                      .max_lag = 2,
                      .with_every = true,
                      .before = 3,
                      .taken = 2});
}

/* Frame after frame is gone when it is tried for, and slot after slot is held in passing. */
static void test_passing_holds_leave_a_slot(void **state) {
    (void)state;
    run_all(&(script){.consume = play_bounded_once,
                      .four_switches = true,
                      .slots = 3,
                      .max_lag = 8,
                      .before = 3});
}

static void test_joining_with_a_bound(void **state) {
    (void)state;
    run_all(&(script){.consume = play_join_bounded, .slots = 3, .sends = 3, .before = 1});
}

static void test_giving_memory_back(void **state) {
    (void)state;
    run_all(
        &(script){.consume = play_latest, .slots = 3, .sends = 2, .before = 3, .gives_back = true});
    run_all(&(script){.consume = play_bounded,
                      .slots = 4,
                      .sends = 1,
                      .max_lag = 2,
                      .before = 4,
                      .gives_back = true});
    run_all(&(script){.consume = play_every,
                      .slots = 4,
                      .sends = 1,
                      .with_every = true,
                      .before = 3,
                      .taken = 2,
                      .gives_back = true});
}

/* Threads that take turns are quicker on one processor: another one would have to be woken each
 * time. */
static void stay_on_one_processor(void) {
    int here = sched_getcpu();
    cpu_set_t one;
    CPU_ZERO(&one);
    if (here >= 0 && here < CPU_SETSIZE) {
        CPU_SET((size_t)here, &one);
        (void)sched_setaffinity(0, sizeof one, &one);
    }
}

int main(void) {
    stay_on_one_processor();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_taking_the_latest, clean_up),
        cmocka_unit_test_teardown(test_taking_every, clean_up),
        cmocka_unit_test_teardown(test_the_end, clean_up),
        cmocka_unit_test_teardown(test_joining_for_every, clean_up),
        cmocka_unit_test_teardown(test_joining_for_the_latest, clean_up),
        cmocka_unit_test_teardown(test_taking_within_a_bound, clean_up),
        cmocka_unit_test_teardown(test_passing_holds_leave_a_slot, clean_up),
        cmocka_unit_test_teardown(test_joining_with_a_bound, clean_up),
        cmocka_unit_test_teardown(test_giving_memory_back, clean_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
