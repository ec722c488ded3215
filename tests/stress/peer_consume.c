/* The consumer's commands. */
#include <frameferry/clock.h>

#include "peer.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "picture.h"

/* What a run of frames has been so far. */
typedef struct run {
    uint64_t count, first, last, skipped;
    uint64_t seed;
    uint64_t dropped; /* as the last frame told */
    bool every;       /* and none may be skipped */
    bool copies, follows, has_block, ticks;
} run;

/* Of the consumer that is open: "receive" goes on where the one before it ended. */
static run current;

static ferry_status open_consumer(peer *p, const char *delivery, long wait_ms, ferry_error *error) {
    current = (run){.count = 0};
    ferry_consumer_options options = FERRY_CONSUMER_OPTIONS_INIT;
    options.name = p->channel;
    bool bounded = sscanf(delivery, "bounded%" SCNu32, &options.max_lag) == 1;
    bool every = bounded || strcmp(delivery, "every") == 0;
    options.delivery = every ? FERRY_DELIVERY_EVERY : FERRY_DELIVERY_LATEST;
    options.wait_ns = wait_ms < 0 ? FERRY_FOREVER : (int64_t)wait_ms * 1000000;
    return ferry_consumer_open(&p->consumer, &options, error);
}

static bool has_block(peer *p) {
    ferry_channel_info channel;
    ferry_consumer_get_channel(p->consumer, &channel);
    return channel.has_block != 0;
}

/* A picture of a sender that knows only the old layout has one value in all of its bytes. */
static bool is_plain_whole(const ferry_frame_info *info, const uint8_t *pixels) {
    for (uint32_t i = 1; i < info->length_bytes; i++)
        if (pixels[i] != pixels[0])
            return false;
    return true;
}

/* Whether a frame may come now: whole, of the same producer, and the one after the last. */
static void check(run *r, const ferry_frame_info *info, const uint8_t *pixels, uint64_t skipped) {
    picture_tag tag = {0};
    if (r->has_block ? !picture_is_whole(info, pixels, &tag) : !is_plain_whole(info, pixels))
        peer_fail(PEER_TORN, "torn", info->number);
    if (r->count != 0 && tag.seed != r->seed)
        peer_fail(PEER_TORN, "of another producer", info->number);
    if (r->count != 0 && info->number != r->last + 1 + skipped)
        peer_fail(PEER_TORN, "out of order", info->number);
    if (r->every && skipped != 0)
        peer_fail(PEER_TORN, "skipped", info->number);
    if (info->dropped != tag.dropped)
        peer_fail(PEER_TORN, "drops, other than its producer counted, before", info->number);
    r->dropped = info->dropped;
    r->skipped += skipped;
    if (r->count++ == 0)
        r->first = info->number;
    r->last = info->number;
    r->seed = tag.seed;
}

static ferry_status take_copy(peer *p, run *r, int64_t timeout_ns, ferry_image *image) {
    ferry_status status = ferry_consumer_copy(p->consumer, timeout_ns, image, NULL);
    if (status == FERRY_OVERRUN)
        peer_fail(PEER_TORN, "overrun", r->last);
    if (status == FERRY_OK)
        check(r, &image->info, image->pixels, image->skipped);
    return status;
}

static ferry_status take_in_place(peer *p, run *r, int64_t timeout_ns) {
    ferry_frame frame;
    ferry_status status = ferry_consumer_acquire(p->consumer, timeout_ns, &frame, NULL);
    if (status != FERRY_OK)
        return status;
    check(r, &frame.info, frame.pixels, frame.skipped);
    status = ferry_consumer_release(p->consumer, &frame);
    if (status != FERRY_OK)
        peer_fail(PEER_TORN, "not confirmed", r->last);
    return status;
}

/* Reads half of a frame that is being written, and waits for the rest. What it gets after that is
 * the same, and more. */
static ferry_status follow_frame(peer *p, int64_t timeout_ns, ferry_frame *frame) {
    enum { ROOM = 8192 };
    uint8_t half[ROOM];
    uint32_t bytes = (uint32_t)(picture_words(&frame->info) / 2 * sizeof(uint64_t));
    if (bytes > sizeof half)
        peer_fail(PEER_TORN, "a shape that was never sent", 0);
    ferry_status status =
        ferry_consumer_wait_filled(p->consumer, frame, bytes, timeout_ns, NULL, NULL);
    if (status != FERRY_OK)
        return status;
    memcpy(half, frame->pixels, bytes);
    status = ferry_consumer_wait_filled(p->consumer, frame, FERRY_WHOLE, timeout_ns, NULL, NULL);
    if (status == FERRY_OK && memcmp(half, frame->pixels, bytes) != 0)
        peer_fail(PEER_TORN, "changed while it was followed", frame->info.number);
    return status;
}

/* FERRY_ABANDONED: a frame was begun and will not be whole. */
static ferry_status take_early(peer *p, run *r, int64_t timeout_ns) {
    ferry_frame frame;
    ferry_status status = ferry_consumer_acquire_early(p->consumer, timeout_ns, &frame, NULL);
    if (status != FERRY_OK)
        return status;
    if (frame.info.number == 0)
        status = follow_frame(p, timeout_ns, &frame);
    if (status == FERRY_OK)
        check(r, &frame.info, frame.pixels, frame.skipped);
    bool whole = status == FERRY_OK;
    ferry_status releasing = ferry_consumer_release(p->consumer, &frame);
    if (releasing != (whole ? FERRY_OK : FERRY_ABANDONED))
        peer_fail(PEER_TORN, "not confirmed", r->last);
    /* Of one that is gone, acquire says when there is no more. */
    bool gone = status == FERRY_PRODUCER_LOST || status == FERRY_END_OF_STREAM;
    return gone ? FERRY_ABANDONED : status;
}

/* Up to count more frames (0: without end) until something else than a frame is answered. */
static ferry_status take_frames(peer *p, run *r, unsigned long count, int64_t timeout_ns) {
    uint64_t enough = r->count + count;
    ferry_image image = FERRY_IMAGE_INIT;
    ferry_status status = FERRY_OK;
    uint64_t last_ns = ferry_clock_ns();
    while ((count == 0 || r->count < enough) && !peer_ending) {
        status = r->copies    ? take_copy(p, r, timeout_ns, &image)
                 : r->follows ? take_early(p, r, timeout_ns)
                              : take_in_place(p, r, timeout_ns);
        if (status == FERRY_OVERTAKEN && r->every)
            peer_fail(PEER_TORN, "overtaken, although it wants every frame,", r->last);
        if (status != FERRY_OK && status != FERRY_OVERTAKEN && status != FERRY_ABANDONED)
            break;
        if (r->ticks)
            say_tick(&last_ns, r->last);
    }
    ferry_image_free(&image);
    return status;
}

/* What is counted is what has been seen, frame by frame. A plain sender's frames may be announced
 * and be gone before they are looked at. */
static bool is_as_seen(const run *r, const ferry_consumer_counters *c) {
    if (!r->has_block || r->count == 0)
        return true;
    return c->received == r->count && c->skipped == r->skipped &&
           r->last + 1 - c->first == r->count + r->skipped;
}

/* head - first + 1 = received + skipped + pending, and what the consumer itself has seen. */
static void say_sums(peer *p, const char *word, ferry_status status, const run *r,
                     uint64_t now_ns) {
    ferry_consumer_counters c;
    ferry_consumer_get_counters(p->consumer, &c);
    bool adds_up = c.head + 1 - c.first == c.received + c.skipped + c.pending && c.overrun == 0 &&
                   is_as_seen(r, &c) && c.dropped >= r->dropped;
    say("%s %d %llu %llu %llu %llu %llu %llu %llu %llu %llu %d %llu %llu %llu", word, (int)status,
        (unsigned long long)now_ns, (unsigned long long)r->count, (unsigned long long)r->first,
        (unsigned long long)r->last, (unsigned long long)c.first, (unsigned long long)c.head,
        (unsigned long long)c.received, (unsigned long long)c.skipped,
        (unsigned long long)c.pending, adds_up, (unsigned long long)r->seed,
        (unsigned long long)c.dropped, (unsigned long long)r->dropped);
}

static void open_command(peer *p, const char *arguments) {
    char delivery[16];
    long wait_ms = 0;
    if (sscanf(arguments, "%15s %ld", delivery, &wait_ms) < 2)
        peer_fail(PEER_BROKEN, "open", 0);
    ferry_error error = {0};
    ferry_status status = open_consumer(p, delivery, wait_ms, &error);
    say("opened %d %llu %s", (int)status, (unsigned long long)ferry_clock_ns(), error.message);
}

static void set_manner(peer *p, run *r, const char *delivery, const char *how) {
    r->every = strcmp(delivery, "every") == 0;
    r->copies = strcmp(how, "copy") == 0;
    r->follows = strcmp(how, "early") == 0;
    r->has_block = has_block(p);
}

/* COUNT TIMEOUT_MS DELIVERY place|copy|early; what is told counts from "open" on. */
static void receive_command(peer *p, const char *arguments) {
    char delivery[16], how[16];
    unsigned long count = 0;
    long timeout_ms = 0;
    if (sscanf(arguments, "%lu %ld %15s %15s", &count, &timeout_ms, delivery, how) < 4)
        peer_fail(PEER_BROKEN, "receive", 0);
    set_manner(p, &current, delivery, how);
    int64_t timeout_ns = timeout_ms < 0 ? FERRY_FOREVER : (int64_t)timeout_ms * 1000000;
    ferry_status status = take_frames(p, &current, count, timeout_ns);
    say_sums(p, "received", status, &current, ferry_clock_ns());
}

/* Takes a frame and keeps it; with a frame in hand: gives it back. */
static void hold_command(peer *p) {
    ferry_status status = p->holds
                              ? ferry_consumer_release(p->consumer, &p->held)
                              : ferry_consumer_acquire(p->consumer, FERRY_FOREVER, &p->held, NULL);
    p->holds = !p->holds && status == FERRY_OK;
    picture_tag tag;
    if (p->holds && !picture_is_whole(&p->held.info, p->held.pixels, &tag))
        peer_fail(PEER_TORN, "torn", p->held.info.number);
    say("held %d %llu", (int)status, (unsigned long long)p->held.info.number);
}

/* DELIVERY place|copy|early: opens, receives and closes until SIGTERM; says how each life
 * ended. */
static void follow_command(peer *p, const char *arguments) {
    char delivery[16], how[16];
    if (sscanf(arguments, "%15s %15s", delivery, how) < 2)
        peer_fail(PEER_BROKEN, "follow", 0);
    uint64_t last_ns = 0;
    while (!peer_ending) {
        /* In slices, since there is no handle yet that could be interrupted. */
        ferry_status status = open_consumer(p, delivery, 200, NULL);
        if (status == FERRY_NO_PRODUCER) {
            say_tick(&last_ns, 0);
            continue;
        }
        say("joined %d %llu", (int)status, (unsigned long long)ferry_clock_ns());
        if (status != FERRY_OK)
            break;
        set_manner(p, &current, delivery, how);
        current.ticks = true;
        status = take_frames(p, &current, 0, FERRY_FOREVER);
        say_sums(p, "life", status, &current, ferry_clock_ns());
        ferry_consumer_close(&p->consumer);
    }
    say("followed %llu", (unsigned long long)ferry_clock_ns());
}

bool consume_command(peer *p, const char *command, char *arguments) {
    if (strcmp(command, "open") == 0) {
        open_command(p, arguments);
    } else if (strcmp(command, "receive") == 0) {
        receive_command(p, arguments);
    } else if (strcmp(command, "hold") == 0) {
        hold_command(p);
    } else if (strcmp(command, "follow") == 0) {
        follow_command(p, arguments);
    } else if (strcmp(command, "withdraw") == 0) { /* and what is in hand stays there */
        say("withdrawn %d", (int)ferry_consumer_leave(p->consumer, NULL));
    } else if (strcmp(command, "leave") == 0) {
        ferry_consumer_close(&p->consumer);
        say("left %llu", (unsigned long long)ferry_clock_ns());
    } else {
        return false;
    }
    return true;
}
