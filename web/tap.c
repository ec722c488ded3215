#include "tap.h"

#include <stddef.h>

#include <frameferry/clock.h>
#include <frameferry/consumer.h>

#define CONSUMER_NAME "ferry-web"

static int64_t left_ns(uint64_t until_ns) {
    uint64_t now_ns = ferry_clock_ns();
    if (until_ns <= now_ns)
        return 0;
    uint64_t left = until_ns - now_ns;
    return left < (uint64_t)FERRY_FOREVER ? (int64_t)left : FERRY_FOREVER;
}

ferry_status tap_open(tap *t, const char *channel, const app_share *share, ferry_error *error) {
    ferry_consumer_options options = FERRY_CONSUMER_OPTIONS_INIT;
    options.name = channel;
    options.delivery = FERRY_DELIVERY_LATEST;
    options.group_sharing = share->with;
    options.group_name = share->group;
    options.consumer_name = CONSUMER_NAME;
    return ferry_consumer_new(&t->source.consumer, &options, error);
}

static ferry_status attach(tap *t, uint64_t until_ns, ferry_error *error) {
    ferry_channel_info channel;
    ferry_status status = ferry_consumer_attach(t->source.consumer, left_ns(until_ns), error);
    if (status != FERRY_OK)
        return status;
    ferry_consumer_get_channel(t->source.consumer, &channel);
    t->is_attached = true;
    t->hold_limit = channel.hold_limit;
    /* One in hand and one to come are the least that holding is worth. */
    t->copies_only = channel.hold_limit < 2;
    return FERRY_OK;
}

static ferry_status take_copy(tap *t, uint64_t until_ns, frame **taken, ferry_error *error) {
    ferry_image image = FERRY_IMAGE_INIT;
    ferry_status status = ferry_consumer_copy(t->source.consumer, left_ns(until_ns), &image, error);
    if (status == FERRY_OK) {
        *taken = frame_of_copy(t->source.store, &image);
        status = *taken != NULL ? FERRY_OK : FERRY_NO_MEMORY;
    }
    ferry_image_free(&image);
    return status;
}

static ferry_status take_slot(tap *t, uint64_t until_ns, frame **taken, ferry_error *error) {
    ferry_frame slot = FERRY_FRAME_INIT;
    source_limit(&t->source, t->hold_limit - 1);
    ferry_status status =
        ferry_consumer_acquire(t->source.consumer, left_ns(until_ns), &slot, error);
    if (status != FERRY_OK)
        return status;
    *taken = frame_of_slot(&t->source, &slot);
    if (*taken != NULL)
        return FERRY_OK;
    ferry_consumer_release(t->source.consumer, &slot);
    return FERRY_NO_MEMORY;
}

ferry_status tap_take(tap *t, uint64_t until_ns, frame **taken, ferry_error *error) {
    ferry_status status = t->is_attached ? FERRY_OK : attach(t, until_ns, error);
    if (status != FERRY_OK)
        return status;
    return t->copies_only ? take_copy(t, until_ns, taken, error)
                          : take_slot(t, until_ns, taken, error);
}

void tap_ease(tap *t) {
    if (ferry_consumer_slots_are_scarce(t->source.consumer))
        source_limit(&t->source, 0);
}

void tap_leave(tap *t) {
    source_leave(&t->source);
    t->is_attached = false;
}
