/* The producer's commands. */
#include <frameferry/clock.h>

#include "peer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "idle_support.h"
#include "peer_system.h"
#include "picture.h"

/* Under the policy of dropping, every so many frames it drops one itself. */
enum { OWN_DROP = 16 };

/* Slots that nobody wants give their memory back every so many frames, and not only after seconds.
 */
enum { GIVE_BACK = 8 };

/* A call that took longer than this was held up, and is told. */
#define SLOW_NS UINT64_C(1000000)

static void create(peer *p, const char *arguments) {
    char dialect[16], policy[16];
    ferry_producer_options options = FERRY_PRODUCER_OPTIONS_INIT;
    unsigned slots = 0, stall_ms = 0;
    if (sscanf(arguments, "%15s %u %15s %u", dialect, &slots, policy, &stall_ms) < 3)
        peer_fail(PEER_BROKEN, "create", 0);
    bool native = strcmp(dialect, "native") == 0;
    options.name = p->channel;
    options.dialect = native ? FERRY_DIALECT_NATIVE : FERRY_DIALECT_BASEIMAGE;
    options.slots = native ? slots : 0;
    options.slot_bytes = native ? 8192 : 0;
    options.when_full = strcmp(policy, "drop") == 0 ? FERRY_WHEN_FULL_DROP : FERRY_WHEN_FULL_WAIT;
    if (stall_ms != 0)
        options.stall_limit_ns = (int64_t)stall_ms * 1000000;
    p->gives_back = native;
    p->drops = options.when_full == FERRY_WHEN_FULL_DROP;
    p->committed = p->dropped = 0;
    p->kept = (ferry_claim)FERRY_CLAIM_INIT;
    p->seed = ferry_clock_ns();
    ferry_error error = {0};
    ferry_status status = ferry_producer_create(&p->producer, &options, &error);
    say("created %d %llu %s", (int)status, (unsigned long long)ferry_clock_ns(), error.message);
}

static picture_tag tag_of_next(const peer *p) {
    return (picture_tag){.seed = p->seed, .number = p->committed + 1, .dropped = p->dropped};
}

/* Fills a claim in two halves, so that who reads it too early sees one of them. */
static void paint(ferry_claim *claim, picture_tag tag) {
    size_t words = picture_words(&claim->info);
    uint64_t sum = 0;
    picture_fill(claim->pixels, tag, 0, words / 2, words, &sum);
    picture_fill(claim->pixels, tag, words / 2, words, words, &sum);
}

static ferry_status send_in_place(peer *p, picture_tag tag) {
    ferry_frame_info info = picture_info(tag);
    ferry_claim claim;
    ferry_status status = ferry_producer_claim(p->producer, &info, &claim, NULL);
    if (status != FERRY_OK)
        return status;
    paint(&claim, tag);
    return ferry_producer_commit(p->producer, &claim, NULL, NULL);
}

/* The same, and keeps the slot until the next frame is there. */
static ferry_status send_kept(peer *p, picture_tag tag) {
    ferry_frame_info info = picture_info(tag);
    ferry_claim claim;
    ferry_status status = ferry_producer_claim(p->producer, &info, &claim, NULL);
    if (status != FERRY_OK)
        return status;
    paint(&claim, tag);
    status = ferry_producer_commit_keep(p->producer, &claim, NULL, NULL);
    ferry_producer_let_go(p->producer, &p->kept);
    p->kept = claim;
    return status;
}

/* The same with a limit of its own: a frame that finds no slot is dropped by this program. */
static ferry_status send_in_time(peer *p, picture_tag tag) {
    enum { LIMIT_NS = 1000000 };
    ferry_frame_info info = picture_info(tag);
    ferry_claim claim;
    ferry_status status = ferry_producer_claim_timed(p->producer, &info, LIMIT_NS, &claim, NULL);
    if (status == FERRY_TIMEOUT) {
        ferry_producer_drop(p->producer);
        return FERRY_FULL;
    }
    if (status != FERRY_OK)
        return status;
    paint(&claim, tag);
    return ferry_producer_commit(p->producer, &claim, NULL, NULL);
}

/* Shows a frame, and half of it. */
static ferry_status begin_early(peer *p, picture_tag tag, ferry_claim *claim, uint64_t *sum) {
    ferry_frame_info info = picture_info(tag);
    ferry_status status = ferry_producer_claim(p->producer, &info, claim, NULL);
    if (status == FERRY_OK)
        status = ferry_producer_show_early(p->producer, claim, NULL);
    if (status != FERRY_OK)
        return status;
    size_t words = picture_words(&claim->info), half = words / 2;
    picture_fill(claim->pixels, tag, 0, half, words, sum);
    return ferry_producer_advance(p->producer, claim, (uint32_t)(half * sizeof *sum), NULL);
}

static ferry_status send_early(peer *p, picture_tag tag) {
    ferry_claim claim;
    uint64_t sum = 0;
    ferry_status status = begin_early(p, tag, &claim, &sum);
    if (status != FERRY_OK)
        return status;
    size_t words = picture_words(&claim.info);
    picture_fill(claim.pixels, tag, words / 2, words, words, &sum);
    return ferry_producer_commit(p->producer, &claim, NULL, NULL);
}

/* The same from a buffer whose rows lie further apart than the pixels of a row. */
static ferry_status send_copy(peer *p, picture_tag tag, bool rows) {
    enum { GAP = 24, ROOM = 8192 };
    uint8_t whole[ROOM], apart[ROOM];
    ferry_frame_info info = picture_info(tag);
    ferry_claim claim = {.info = info, .pixels = whole};
    paint(&claim, tag);
    if (!rows)
        return ferry_producer_send(p->producer, &info, whole, 0, NULL, NULL);
    size_t row = (size_t)info.width;
    for (size_t y = 0; y < (size_t)info.height; y++)
        memcpy(apart + y * (row + GAP), whole + y * row, row);
    return ferry_producer_send(p->producer, &info, apart, (ptrdiff_t)(row + GAP), NULL, NULL);
}

/* One frame: 'p' in place, 'k' in place and kept, 't' in place with a limit, 'e' in place and shown
 * early, 'c' from a buffer, 'r' from a buffer row by row. */
static ferry_status send_one(peer *p, char how) {
    picture_tag tag = tag_of_next(p);
    uint64_t begin_ns = ferry_clock_ns();
    ferry_status status = how == 'p'   ? send_in_place(p, tag)
                          : how == 'k' ? send_kept(p, tag)
                          : how == 't' ? send_in_time(p, tag)
                          : how == 'e' ? send_early(p, tag)
                                       : send_copy(p, tag, how == 'r');
    uint64_t end_ns = ferry_clock_ns();
    if (status == FERRY_OK)
        p->committed++;
    else if (status == FERRY_FULL)
        p->dropped++;
    if (end_ns - begin_ns > SLOW_NS)
        say("slow %llu %llu", (unsigned long long)begin_ns, (unsigned long long)end_ns);
    return status;
}

/* COUNT PAUSE_US HOW: frames until something else than OK or FULL is answered; 0: until SIGTERM. */
static void send_frames(peer *p, const char *arguments) {
    unsigned long count = 0, us = 0;
    char how = 'p';
    if (sscanf(arguments, "%lu %lu %c", &count, &us, &how) < 1)
        peer_fail(PEER_BROKEN, "send", 0);
    ferry_status status = FERRY_OK;
    uint64_t last_ns = ferry_clock_ns();
    for (unsigned long i = 0; (count == 0 || i < count) && !peer_ending; i++) {
        if (p->drops && i % OWN_DROP == OWN_DROP - 1) {
            ferry_producer_drop(p->producer);
            p->dropped++;
        }
        if (p->gives_back && i % GIVE_BACK == GIVE_BACK - 1)
            give_idle_back(p->producer);
        status = send_one(p, how);
        if (status != FERRY_OK && status != FERRY_FULL)
            break;
        peer_pause_us(us);
        if (count == 0)
            say_tick(&last_ns, p->committed);
    }
    ferry_producer_counters counters;
    ferry_producer_get_counters(p->producer, &counters);
    if (counters.dropped != p->dropped)
        peer_fail(PEER_BROKEN, "dropped frames, other than counted,", counters.dropped);
    say("sent %d %llu %llu %llu %llu", (int)status, (unsigned long long)p->committed,
        (unsigned long long)ferry_clock_ns(), (unsigned long long)p->seed,
        (unsigned long long)counters.dropped);
}

/* Gives a frame up; "e": one that has been shown, and half of it written. */
static void abort_claim(peer *p, const char *arguments) {
    picture_tag tag = tag_of_next(p);
    ferry_frame_info info = picture_info(tag);
    ferry_claim claim;
    uint64_t sum = 0;
    ferry_status status = arguments[0] == 'e'
                              ? begin_early(p, tag, &claim, &sum)
                              : ferry_producer_claim(p->producer, &info, &claim, NULL);
    if (status == FERRY_OK)
        ferry_producer_abort(p->producer, &claim);
    say("aborted %d", (int)status);
}

/* Shows a frame, and half of it, and leaves it at that. */
static void show(peer *p) {
    ferry_claim claim;
    uint64_t sum = 0;
    say("shown %d", (int)begin_early(p, tag_of_next(p), &claim, &sum));
}

/* Ends the stream with a claim that stays open. */
static void end_with_claim(peer *p) {
    ferry_frame_info info = picture_info(tag_of_next(p));
    ferry_claim claim;
    ferry_status status = ferry_producer_claim(p->producer, &info, &claim, NULL);
    if (status == FERRY_OK)
        status = ferry_producer_end(p->producer, NULL);
    if (status != FERRY_OK)
        peer_fail(PEER_BROKEN, "ending", (uint64_t)-status);
    say("ended %llu", (unsigned long long)ferry_clock_ns());
}

/* From here on a thread of the library sleeps on the producer's event. */
static void get_pollable(peer *p) {
    ferry_pollable pollable;
    say("pollable %d", (int)ferry_producer_get_pollable(p->producer, &pollable, NULL));
}

static void count(peer *p) {
    ferry_producer_counters c;
    size_t attached = ferry_producer_list_consumers(p->producer, NULL, 0);
    ferry_producer_get_counters(p->producer, &c);
    say("counted %llu %llu %llu %llu %zu", (unsigned long long)c.published,
        (unsigned long long)c.dropped, (unsigned long long)c.evicted,
        (unsigned long long)c.reclaimed, attached);
}

/* How long one of every frame may stand still from now on; 0: as long as it likes. */
static void limit_stalls(peer *p, const char *arguments) {
    long ms = strtol(arguments, NULL, 10);
    p->producer->stall_limit_ns = ms != 0 ? (int64_t)ms * 1000000 : FERRY_FOREVER;
    say("limited %ld", ms);
}

bool produce_command(peer *p, const char *command, char *arguments) {
    if (strcmp(command, "create") == 0) {
        create(p, arguments);
    } else if (strcmp(command, "send") == 0) {
        send_frames(p, arguments);
    } else if (strcmp(command, "abort") == 0) {
        abort_claim(p, arguments);
    } else if (strcmp(command, "show") == 0) {
        show(p);
    } else if (strcmp(command, "pollable") == 0) {
        get_pollable(p);
    } else if (strcmp(command, "wait") == 0) {
        say("waited %d", (int)ferry_producer_wait_consumer(p->producer, FERRY_FOREVER));
    } else if (strcmp(command, "drain") == 0) {
        say("drained %d", (int)ferry_producer_drain(p->producer, FERRY_FOREVER));
    } else if (strcmp(command, "stall") == 0) {
        limit_stalls(p, arguments);
    } else if (strcmp(command, "count") == 0) {
        count(p);
    } else if (strcmp(command, "end_with_claim") == 0) {
        end_with_claim(p);
    } else if (strcmp(command, "end") == 0) {
        ferry_producer_close(&p->producer);
        say("ended %llu", (unsigned long long)ferry_clock_ns());
    } else {
        return false;
    }
    return true;
}
