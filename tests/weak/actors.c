#include "actors.h"
#include "channel/attach.h"
#include "channel/names.h"
#include "channel/objects.h"

#include <stdlib.h>
#include <string.h>

#include <frameferry/clock.h>

#include "../support/idle_support.h"
#include "machine.h"

/* ---- frames that tell their number and their producer ---- */

enum { WORD = 8, WORDS_MOST = 3 };

static uint64_t word_of(uint64_t life, uint64_t number, uint64_t i) {
    return life << 48 | number << 8 | i;
}

static ferry_frame_info info_of(uint64_t life, uint64_t number) {
    ferry_frame_info info = {.width = WORD * (int32_t)(2 + number % 2),
                             .height = 1,
                             .format = FERRY_FORMAT_GRAY,
                             .sequence = word_of(life, number, 0),
                             .metadata_bytes = WORD};
    uint64_t word = word_of(life, number, 9);
    memcpy(info.metadata, &word, sizeof word);
    return info;
}

static bool is_whole(const ferry_frame_info *info, const uint64_t *words, uint64_t life) {
    ferry_frame_info expected = info_of(life, info->number);
    if (info->width != expected.width || info->sequence != expected.sequence ||
        info->length_bytes != (uint32_t)expected.width || info->metadata_bytes != WORD ||
        memcmp(info->metadata, expected.metadata, WORD) != 0)
        return false;
    for (uint64_t i = 0; i < info->length_bytes / WORD; i++)
        if (words[i] != word_of(life, info->number, i))
            return false;
    return true;
}

stage w;

void expect(bool fine, const char *fault) {
    if (!fine)
        weak_fault(fault);
}

bool lot(uint64_t one_in) {
    return weak_random(one_in) == 0;
}

/* ---- the producer ---- */

void create(void) {
    if (ferry_producer_create(&w.producer, &w.options, NULL) != FERRY_OK) {
        expect(false, "creating");
        return;
    }
    w.generation[w.lives++] = w.producer->objects.generation;
}

/* Writes a frame word by word, as it is shown. False: it has been given up. */
static bool write_shown(ferry_claim *claim, const uint64_t *words) {
    expect(ferry_producer_show_early(w.producer, claim, NULL) == FERRY_OK, "showing");
    for (uint32_t done = 0; done < claim->info.length_bytes; done += WORD) {
        if (lot(4))
            weak_sleep(claim); /* whoever follows shall not need what comes to be woken */
        if (lot(8)) {
            ferry_producer_abort(w.producer, claim);
            return false;
        }
        weak_copy(claim->pixels + done, words + done / WORD, WORD);
        expect(ferry_producer_advance(w.producer, claim, done + WORD, NULL) == FERRY_OK,
               "advancing");
    }
    return true;
}

static void send(void) {
    if (w.gives_back && lot(2))
        give_idle_back(w.producer);
    uint64_t number = w.producer->head + 1;
    uint64_t life = (uint64_t)w.lives;
    ferry_frame_info info = info_of(life, number);
    ferry_claim claim;
    w.claims = true;
    ferry_status status = ferry_producer_claim(w.producer, &info, &claim, NULL);
    w.claims = false;
    expect(status == FERRY_OK || status == FERRY_FULL, "claiming");
    expect(status == FERRY_OK || !w.finds_slot, "nobody is in the way, and no slot is found");
    if (status != FERRY_OK)
        return;
    uint64_t words[WORDS_MOST];
    for (uint64_t i = 0; i < WORDS_MOST; i++)
        words[i] = word_of(life, number, i);
    if (!w.shows || lot(4))
        weak_copy(claim.pixels, words, claim.info.length_bytes);
    else if (!write_shown(&claim, words))
        return;
    expect(ferry_producer_commit(w.producer, &claim, NULL, NULL) == FERRY_OK, "committing");
}

static bool is_evicted(const ferry_consumer *c) {
    return c->record->evicted == c->join_id;
}

/* Whether the record says that a frame is held which is whole and has not been given back. */
static bool has_whole_frame(const ferry_consumer *c) {
    for (uint32_t slot = 0; slot < c->geometry.slots; slot++)
        if ((c->record->held >> slot & 1) != 0 && c->held_number[slot] != 0)
            return true;
    return false;
}

bool is_drained(bool for_good) {
    for (int i = 0; i < w.count; i++) {
        const ferry_consumer *c = w.players[i].handle;
        if (c == NULL || c->record == NULL || c->first == 0) /* joining */
            continue;
        bool every = c->delivery == FERRY_DELIVERY_EVERY && !is_evicted(c);
        /* In the record, since a release lowers the handle's number a moment later. One that
         * follows may hold a slot for a moment, and then find that there is nothing to follow. */
        bool holds =
            w.players[i].follows ? has_whole_frame(c) || c->followed.is_open : c->record->held != 0;
        if ((every || !for_good) && holds)
            return false;
        if (every && c->record->next != FERRYI_NEXT_NONE && c->last < w.producer->head)
            return false;
    }
    return true;
}

void play_producer(void *unused) {
    (void)unused;
    for (int i = 0; i < w.sends; i++)
        send();
    if (lot(2)) {
        w.drains = true;
        expect(ferry_producer_drain(w.producer, FERRY_FOREVER) == FERRY_OK, "draining");
        w.drains = false;
        expect(is_drained(true), "drained, with a frame in hand or still wanted");
    }
    ferryi_objects_announce_end(&w.producer->objects);
    ferryi_producer_wake_all(w.producer);
    w.ended = true;
}

void play_two_lives(void *unused) {
    (void)unused;
    for (int i = 0; i < w.sends; i++)
        send();
    ferry_producer *first = w.producer;
    w.producer = NULL;
    if (lot(3)) {
        ferry_producer_close(&first);
    } else {
        w.first_died = true;
        ferryi_objects_abandon(&first->objects);
        ferryi_lock_free(first->lock);
        free(first);
    }
    create();
    for (int i = 0; i < w.later_sends && w.producer != NULL; i++)
        send();
    if (w.producer == NULL)
        return;
    ferryi_objects_announce_end(&w.producer->objects);
    ferryi_producer_wake_all(w.producer);
    w.ended = true;
}

/* ---- consumers ---- */

static uint64_t life_of(const ferry_consumer *c) {
    for (int i = 0; i < w.lives; i++)
        if (w.generation[i] == c->generation)
            return (uint64_t)i + 1;
    /* A new producer's object is there before create has returned. */
    return (uint64_t)w.lives + 1;
}

/* As ferry_consumer_open does, but without waiting for a producer. */
bool attach(player *p) {
    ferry_consumer *c = calloc(1, sizeof *c);
    if (c == NULL)
        abort();
    c->frames = c->consumers = (ferryi_shm)FERRYI_SHM_INIT;
    c->leases = (ferryi_leases)FERRYI_LEASES_INIT;
    c->delivery = p->delivery;
    c->max_lag = p->max_lag;
    ferryi_names_make(&c->names, w.options.name, NULL);
    p->handle = c;
    ferry_status status = ferryi_attach_try(c, NULL);
    expect(status == FERRY_OK || status == FERRY_NO_PRODUCER ||
               w.options.dialect == FERRY_DIALECT_BASEIMAGE,
           "joining");
    if (status != FERRY_OK) {
        p->handle = NULL;
        free(c);
        return false;
    }
    p->last = c->last;
    return true;
}

static void leave(player *p) {
    ferry_consumer *c = p->handle;
    p->handle = NULL;
    ferry_consumer_close(&c);
}

static void look_at(player *p, const ferry_frame *frame) {
    uint64_t words[WORDS_MOST] = {0};
    if (frame->info.length_bytes > sizeof words) {
        expect(w.hostile, "a frame that was never published");
        return;
    }
    weak_copy(words, frame->pixels, frame->info.length_bytes);
    bool whole = is_whole(&frame->info, words, life_of(p->handle));
    expect(whole || w.hostile, "a torn frame, or a stale one");
}

static void give(player *p) {
    ferry_frame *frame = &p->in_hand[--p->hands];
    uint64_t words[WORDS_MOST] = {0};
    uint64_t life = life_of(p->handle);
    ferry_frame_info info = frame->info;
    if (info.length_bytes <= sizeof words)
        weak_copy(words, frame->pixels, info.length_bytes);
    ferry_status status = ferry_consumer_release(p->handle, frame);
    expect(status == FERRY_OK || (w.hostile && status == FERRY_OVERRUN), "releasing");
    if (status == FERRY_OK)
        expect(is_whole(&info, words, life), "released as whole, and torn");
}

static void stall(player *p) {
    for (uint64_t i = weak_random(6); i > 0; i--)
        weak_sleep(p);
}

/* Reads a frame as far as it is there, until it is whole. */
static ferry_status follow(player *p, ferry_frame *frame) {
    ferry_status status = FERRY_OK;
    for (uint32_t done = 0; frame->info.number == 0; done += WORD) {
        uint32_t filled = 0;
        p->waits = true;
        status =
            ferry_consumer_wait_filled(p->handle, frame, done + WORD, FERRY_FOREVER, &filled, NULL);
        p->waits = false;
        if (status != FERRY_OK)
            break;
        uint64_t word = 0;
        if (done >= filled)
            continue;
        weak_copy(&word, frame->pixels + done, WORD);
        expect(word == word_of(life_of(p->handle), word >> 8 & 0xff, done / WORD),
               "a part that was not written yet");
    }
    if (status == FERRY_OK)
        return status;
    expect(status == FERRY_ABANDONED, ferry_status_text(status));
    expect(ferry_consumer_release(p->handle, frame) == FERRY_ABANDONED, "releasing half a frame");
    return status;
}

static ferry_status take(player *p) {
    ferry_frame *frame = &p->in_hand[p->hands];
    p->waits = p->hands == 0;
    int64_t timeout_ns = p->waits ? FERRY_FOREVER : 0;
    ferry_status status = p->follows
                              ? ferry_consumer_acquire_early(p->handle, timeout_ns, frame, NULL)
                              : ferry_consumer_acquire(p->handle, timeout_ns, frame, NULL);
    p->waits = false;
    if (status == FERRY_OK && frame->info.number == 0)
        status = follow(p, frame);
    if (status != FERRY_OK)
        return status;
    p->hands++;
    expect(frame->info.number > p->last, "an old frame");
    expect(p->delivery == FERRY_DELIVERY_LATEST || p->max_lag != 0 ||
               frame->info.number == p->last + 1,
           "a frame is missing");
    expect(frame->info.number == p->last + 1 + frame->skipped, "passed over and not counted");
    p->last = frame->info.number;
    look_at(p, frame);
    return status;
}

/* False: this one's stream is over. */
static bool go_on(player *p, ferry_status status) {
    switch (status) {
    case FERRY_OK:
    case FERRY_ABANDONED:
    case FERRY_TIMEOUT: return true;
    case FERRY_END_OF_STREAM: expect(p->last == w.producer->head, "missed the last frame"); break;
    case FERRY_EVICTED:
        expect(p->stalls, "evicted for nothing");
        leave(p);
        p->stalls = false;
        return attach(p);
    default: expect(w.hostile, ferry_status_text(status));
    }
    return false;
}

void play_consumer(void *argument) {
    player *p = argument;
    if (p->joins_late && !attach(p))
        return;
    for (;;) {
        ferry_status status = take(p);
        if (p->stalls)
            stall(p);
        bool more =
            status == FERRY_OK && p->hands < IN_HAND && p->hands < p->handle->hold_limit && lot(2);
        if (status == FERRY_OK && p->leaves_early && lot(2))
            break; /* with what is in hand */
        while (p->hands > 0 && !more)
            give(p);
        if (!go_on(p, status))
            break;
    }
    if (p->handle != NULL)
        leave(p);
}

/* Attaches again when its producer is another one. */
void play_copier(void *argument) {
    player *p = argument;
    ferry_image image = FERRY_IMAGE_INIT;
    bool attached = p->handle != NULL;
    for (int tries = 0; tries < 8; tries++) {
        if (!attached && !attach(p)) {
            weak_yield();
            continue;
        }
        attached = true;
        p->waits = true;
        ferry_status status = ferry_consumer_copy(p->handle, FERRY_FOREVER, &image, NULL);
        p->waits = false;
        if (status == FERRY_OK) {
            uint64_t words[WORDS_MOST] = {0};
            memcpy(words, image.pixels, image.info.length_bytes);
            expect(is_whole(&image.info, words, life_of(p->handle)), "copied as whole, and torn");
            expect(image.info.number > p->last, "an old frame");
            p->last = image.info.number;
        } else if (status == FERRY_PRODUCER_LOST || status == FERRY_END_OF_STREAM) {
            expect(status == FERRY_PRODUCER_LOST || life_of(p->handle) > 1 || !w.first_died,
                   "the dead one's stream has ended, says a consumer of it");
            leave(p);
            attached = false;
        } else {
            expect(status == FERRY_OVERTAKEN, ferry_status_text(status));
        }
    }
    if (p->handle != NULL)
        leave(p);
    ferry_image_free(&image);
}

void play_vandal(void *unused) {
    (void)unused;
    for (int i = 0; i < 4; i++) {
        weak_yield();
        ferryi_record *record = &w.producer->consumers->record[0];
        weak_store(&record->held, sizeof record->held, 0, RELAXED,
                   (weak_site){__FILE__, __func__, "held", __LINE__});
    }
}
