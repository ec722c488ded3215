#ifndef FRAMEFERRY_CONSUMER_H
#define FRAMEFERRY_CONSUMER_H
#include "channel.h"
#include "clock.h"
#include "frame.h"
#include "status.h"
#include "version.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
FERRY_BEGIN_DECLS
typedef struct ferry_consumer ferry_consumer;
typedef struct ferry_consumer_options {
    size_t size;
    const char *name;
    uint32_t delivery;
    uint32_t group_sharing;
    int64_t wait_ns;
    const char *consumer_name;
    uint32_t bare_16bit_format;
    uint32_t bare_bottom_up;
    uint32_t follow_early;
    uint32_t max_lag;
    const char *group_name;
} ferry_consumer_options;
#define FERRY_MAX_LAG_AS_CHANNEL UINT32_MAX
#ifdef __cplusplus
static inline ferry_consumer_options ferry_consumer_options_init() {
    ferry_consumer_options options = ferry_consumer_options();
    options.size = sizeof(ferry_consumer_options);
    options.wait_ns = FERRY_FOREVER;
    return options;
}
#define FERRY_CONSUMER_OPTIONS_INIT ferry_consumer_options_init()
#else
#define FERRY_CONSUMER_OPTIONS_INIT                                                                \
    { .size = sizeof(ferry_consumer_options), .wait_ns = FERRY_FOREVER }
#endif
typedef struct ferry_frame {
    ferry_frame_info info;
    const uint8_t *pixels;
    uint64_t skipped;
    uint32_t slot;
    uint32_t reserved_word;
    uint64_t fills;
    uint64_t reserved[4];
} ferry_frame;
#ifdef __cplusplus
static inline ferry_frame ferry_frame_init() {
    return ferry_frame();
}
#define FERRY_FRAME_INIT ferry_frame_init()
#else
#define FERRY_FRAME_INIT                                                                           \
    { .pixels = NULL }
#endif
typedef struct ferry_consumer_counters {
    uint64_t first;
    uint64_t head;
    uint64_t received;
    uint64_t skipped;
    uint64_t pending;
    uint64_t overrun;
    uint64_t retries;
    uint64_t dropped;
    uint32_t evicted;
    uint32_t held;
    uint64_t reserved[8];
} ferry_consumer_counters;
typedef struct ferry_channel_info {
    uint32_t dialect;
    uint32_t has_block;
    uint32_t slots;
    uint32_t hold_limit;
    uint64_t slot_bytes;
    uint64_t generation;
    uint32_t when_full;
    uint32_t max_lag;
    ferry_producer_info producer;
    uint64_t reserved[8];
} ferry_channel_info;
FERRY_API ferry_status ferry_consumer_open(ferry_consumer **out,
                                           const ferry_consumer_options *options,
                                           ferry_error *error);
FERRY_API void ferry_consumer_close(ferry_consumer **consumer);
FERRY_API ferry_status ferry_consumer_acquire(ferry_consumer *consumer, int64_t timeout_ns,
                                              ferry_frame *frame, ferry_error *error);
FERRY_API ferry_status ferry_consumer_acquire_early(ferry_consumer *consumer, int64_t timeout_ns,
                                                    ferry_frame *frame, ferry_error *error);
#define FERRY_WHOLE UINT32_MAX
FERRY_API ferry_status ferry_consumer_wait_filled(ferry_consumer *consumer, ferry_frame *frame,
                                                  uint32_t bytes, int64_t timeout_ns,
                                                  uint32_t *filled, ferry_error *error);
FERRY_API ferry_status ferry_consumer_release(ferry_consumer *consumer, ferry_frame *frame);
FERRY_API ferry_status ferry_consumer_copy(ferry_consumer *consumer, int64_t timeout_ns,
                                           ferry_image *image, ferry_error *error);
FERRY_API ferry_status ferry_consumer_copy_held(ferry_consumer *consumer, ferry_frame *frame,
                                                ferry_image *image, ferry_error *error);
FERRY_API bool ferry_consumer_slots_are_scarce(const ferry_consumer *consumer);
FERRY_API void ferry_consumer_interrupt(ferry_consumer *consumer);
FERRY_API void ferry_consumer_wake(ferry_consumer *consumer);
FERRY_API ferry_status ferry_consumer_get_pollable(ferry_consumer *consumer, ferry_pollable *out,
                                                   ferry_error *error);
FERRY_API void ferry_consumer_get_counters(ferry_consumer *consumer, ferry_consumer_counters *out);
FERRY_API void ferry_consumer_get_channel(ferry_consumer *consumer, ferry_channel_info *out);
FERRY_END_DECLS
#endif
