#include "scenes.h"
#include "channel/consumers.h"

#include <string.h>

#include <frameferry/clock.h>

#include "../support/one_mapping.h"
#include "actors.h"
#include "machine.h"
#include "system.h"

/* Only the first records are used. */
enum { RECORDS = CONSUMERS + 1 };

static void made(void *base, size_t bytes) {
    bool consumers = bytes == ferryi_consumers_bytes();
    weak_share(base, consumers
                         ? offsetof(ferryi_consumers, record) + RECORDS * sizeof(ferryi_record)
                         : bytes);
}

/* ---- what must not be while all sleep ---- */

/* As ferryi_producer_has_evicted has it, but outside of the machine: nobody's turn is it at rest.
 */
static bool has_evicted(int i) {
    uint64_t join_id = w.producer->stall[i].evicted;
    return join_id != 0 && w.producer->consumers->record[i].join_id == join_id;
}

static bool could_take_a_slot(void) {
    uint64_t held = 0, wanted = FERRYI_NEXT_NONE;
    for (int i = 0; i < RECORDS; i++) {
        const ferryi_record *record = &w.producer->consumers->record[i];
        held |= record->held;
        if (record->next < wanted && record->max_lag == 0 && !has_evicted(i))
            wanted = record->next;
    }
    for (uint32_t i = 0; i < w.producer->objects.geometry.slots; i++) {
        uint64_t frame = w.producer->slot[i].frame;
        if (i != w.producer->newest && (held >> i & 1) == 0 && (frame == 0 || frame < wanted))
            return true;
    }
    return false;
}

/* Whether one that sleeps has what it waits for, of a frame that is not whole. */
static bool is_due(const ferry_consumer *c) {
    const ferryi_block *block = w.producer->block;
    const ferryi_followed *f = &c->followed;
    uint64_t early = block->early;
    if (!f->is_open)
        return early != 0 && block->descriptor[ferryi_entry_slot(early)].filled > 0;
    return early != ferryi_entry_pack(f->fills, f->slot) ||
           block->descriptor[f->slot].filled >= c->awaits;
}

static void at_rest(void *unused) {
    (void)unused;
    system_pass_time(FERRY_SECOND_NS / 10);
    if (w.producer == NULL)
        return;
    expect(!w.claims || !could_take_a_slot(), "the producer sleeps although a slot is free");
    expect(!w.drains || !is_drained(false), "the producer sleeps although all is drained");
    for (int i = 0; i < w.count; i++) {
        const player *p = &w.players[i];
        if (!p->waits || p->handle->generation != w.producer->objects.generation)
            continue;
        expect(p->handle->last == w.producer->head, "a consumer sleeps although a frame is there");
        expect(!p->follows || !is_due(p->handle), "a consumer sleeps although its bytes are there");
        expect(!w.ended, "a consumer sleeps although the stream has ended");
    }
}

/* ---- scenes ---- */

static void begin(uint32_t slots, int consumers) {
    w.options = (ferry_producer_options)FERRY_PRODUCER_OPTIONS_INIT;
    w.options.name = "weak";
    w.options.slots = slots;
    w.options.slot_bytes = FERRYI_SHM_PAGE;
    w.options.full_timeout_ns = FERRY_FOREVER;
    w.options.stall_limit_ns = FERRY_FOREVER;
    w.options.when_full = lot(4) ? FERRY_WHEN_FULL_DROP : FERRY_WHEN_FULL_WAIT;
    w.sends = w.later_sends = 2 + (int)weak_random(4);
    w.count = consumers;
}

static void cast(int i, uint32_t delivery, bool joins_late) {
    player *p = &w.players[i];
    p->delivery = delivery;
    p->joins_late = joins_late;
    if (!joins_late)
        attach(p);
}

static uint32_t any_delivery(void) {
    return lot(2) ? FERRY_DELIVERY_EVERY : FERRY_DELIVERY_LATEST;
}

static void play_all(void (*producer)(void *), void (*consumer)(void *)) {
    weak_actor(producer, NULL);
    for (int i = 0; i < w.count; i++)
        weak_actor(consumer, &w.players[i]);
}

/* Consumers of both deliveries, who are there or join, hold up to two frames, and may leave. */
static void play_deliveries(void) {
    begin(2 + (uint32_t)weak_random(3), 1 + (int)weak_random(CONSUMERS));
    create();
    for (int i = 0; i < w.count; i++) {
        cast(i, any_delivery(), lot(2));
        w.players[i].leaves_early = lot(4);
    }
    play_all(play_producer, play_consumer);
}

/* One consumer of every frame joins a producer that has little room. */
static void play_joining(void) {
    begin(2, 1);
    if (lot(2))
        w.options.when_full = FERRY_WHEN_FULL_DROP;
    w.sends = 5;
    create();
    cast(0, FERRY_DELIVERY_EVERY, true);
    play_all(play_producer, play_consumer);
}

/* A consumer of every frame stands still for longer than it may, and comes again. */
static void play_eviction(void) {
    begin(2 + (uint32_t)weak_random(2), 1 + (int)weak_random(2));
    w.options.stall_limit_ns = FERRY_SECOND_NS / 5;
    w.options.when_full = FERRY_WHEN_FULL_WAIT;
    w.sends = 4;
    create();
    cast(0, FERRY_DELIVERY_EVERY, false);
    w.players[0].stalls = true;
    if (w.count > 1)
        cast(1, any_delivery(), lot(2));
    play_all(play_producer, play_consumer);
}

/* A producer that waits for nobody passes consumers of the latest frame. */
static void play_overtaking(void) {
    begin(2, 1 + (int)weak_random(2));
    w.options.when_full = FERRY_WHEN_FULL_DROP;
    w.sends = 8;
    create();
    for (int i = 0; i < w.count; i++)
        cast(i, FERRY_DELIVERY_LATEST, false);
    play_all(play_producer, play_consumer);
}

static void punch(void *start, size_t bytes) {
    static const uint64_t zeros[3];
    (void)bytes; /* there is nothing behind a frame's few words */
    weak_copy(start, zeros, sizeof zeros);
}

/* A consumer that may be a few frames behind is in nobody's way, alone or beside others; slots that
 * nobody wants give their memory back. */
static void play_bounded(void) {
    bool alone = lot(2);
    begin(3 + (uint32_t)weak_random(2), alone ? 1 : 2);
    w.options.slot_bytes = 2 * FERRYI_SHM_PAGE;
    w.options.when_full = alone || lot(2) ? FERRY_WHEN_FULL_DROP : FERRY_WHEN_FULL_WAIT;
    w.finds_slot = alone;
    w.gives_back = lot(2);
    one_mapping.gives_back = punch;
    w.sends = 6;
    create();
    w.players[0].max_lag = 1 + (uint32_t)weak_random(3);
    cast(0, FERRY_DELIVERY_EVERY, lot(3));
    if (!alone)
        cast(1, any_delivery(), lot(2));
    play_all(play_producer, play_consumer);
}

/* Frames are followed while they are written, and some are given up. */
static void play_following(void) {
    begin(2 + (uint32_t)weak_random(3), 1 + (int)weak_random(2));
    w.shows = true;
    w.sends = 3 + (int)weak_random(5);
    if (lot(2))
        w.options.when_full = FERRY_WHEN_FULL_DROP;
    create();
    for (int i = 0; i < w.count; i++) {
        cast(i, any_delivery(), lot(4));
        w.players[i].follows = i == 0 || lot(2);
        w.players[i].leaves_early = lot(8);
    }
    play_all(play_producer, play_consumer);
}

/* Somebody clears the consumer's hold. What is released as whole has to be whole. */
static void play_tampering(void) {
    begin(2 + (uint32_t)weak_random(2), 1);
    w.options.when_full = FERRY_WHEN_FULL_DROP;
    w.sends = 4;
    w.hostile = true;
    create();
    cast(0, FERRY_DELIVERY_LATEST, false);
    play_all(play_producer, play_consumer);
    weak_actor(play_vandal, NULL);
}

/* One slot, which is overwritten while it is copied. */
static void play_one_slot(void) {
    begin(0, 1 + (int)weak_random(2));
    w.options.slot_bytes = 0;
    w.options.dialect = FERRY_DIALECT_BASEIMAGE;
    w.sends = 1 + (int)weak_random(3);
    create();
    for (int i = 0; i < w.count; i++)
        cast(i, FERRY_DELIVERY_LATEST, lot(3));
    play_all(lot(3) ? play_producer : play_two_lives, play_copier);
}

/* The same, and its producer dies after two frames: the next one's has the number of the first. */
static void play_takeover(void) {
    begin(0, 1);
    w.options.slot_bytes = 0;
    w.options.dialect = FERRY_DIALECT_BASEIMAGE;
    w.sends = 2;
    w.later_sends = 1;
    create();
    cast(0, FERRY_DELIVERY_LATEST, false);
    play_all(play_two_lives, play_copier);
}

const scene scenes[] = {
    {"deliveries", play_deliveries, 0}, {"joining", play_joining, 0},
    {"eviction", play_eviction, 0},     {"overtaking", play_overtaking, 0},
    {"bounded", play_bounded, 0},       {"tampering", play_tampering, 1},
    {"one slot", play_one_slot, 1},     {"takeover", play_takeover, 1},
    {"following", play_following, 0},   {NULL, NULL, 0},
};

const char *scene_play(const scene *s, uint64_t seed) {
    memset(&w, 0, sizeof w);
    one_mapping = (one_mapping_hooks){
        .made = made, .hands_over = weak_hand_over, .takes_over = weak_take_over, .keeps = true};
    system_begin();
    weak_begin(seed, s->races_allowed != 0);
    s->play();
    weak_run(at_rest, NULL);
    if (w.producer != NULL)
        ferry_producer_close(&w.producer);
    one_mapping_sweep();
    expect(one_mapping_count() == 0 || w.options.dialect == FERRY_DIALECT_BASEIMAGE,
           "an object is left");
    return weak_found();
}
