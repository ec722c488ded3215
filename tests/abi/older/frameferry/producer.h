#ifndef FRAMEFERRY_PRODUCER_H
#define FRAMEFERRY_PRODUCER_H
#include "channel.h"
#include "clock.h"
#include "frame.h"
#include "status.h"
#include "version.h"
#include <stddef.h>
#include <stdint.h>
FERRY_BEGIN_DECLS
typedef struct ferry_producer ferry_producer;
typedef struct ferry_producer_options {
    size_t size;
    const char *name;
    uint32_t slots;
    uint32_t dialect;
    uint64_t slot_bytes;
    uint32_t when_full;
    uint32_t group_sharing;
    int64_t full_timeout_ns;
    int64_t stall_limit_ns;
    uint64_t early_bytes;
    uint32_t adopt;
    uint32_t reserved;
    const char *group_name;
} ferry_producer_options;
#define FERRY_EARLY_BYTES_USUAL 1048576u
#ifdef __cplusplus
static inline ferry_producer_options ferry_producer_options_init() {
    ferry_producer_options options = ferry_producer_options();
    options.size = sizeof(ferry_producer_options);
    options.full_timeout_ns = FERRY_FOREVER;
    options.stall_limit_ns = FERRY_FOREVER;
    return options;
}
#define FERRY_PRODUCER_OPTIONS_INIT ferry_producer_options_init()
#else
#define FERRY_PRODUCER_OPTIONS_INIT                                                                \
    {                                                                                              \
        .size = sizeof(ferry_producer_options), .full_timeout_ns = FERRY_FOREVER,                  \
        .stall_limit_ns = FERRY_FOREVER                                                            \
    }
#endif
typedef struct ferry_claim {
    ferry_frame_info info;
    uint8_t *pixels;
    uint32_t slot;
    uint32_t claimed_bytes;
    uint64_t id;
    uint64_t reserved[4];
} ferry_claim;
#ifdef __cplusplus
static inline ferry_claim ferry_claim_init() {
    return ferry_claim();
}
#define FERRY_CLAIM_INIT ferry_claim_init()
#else
#define FERRY_CLAIM_INIT                                                                           \
    { .pixels = NULL }
#endif
typedef struct ferry_producer_counters {
    uint64_t published;
    uint64_t dropped;
    uint64_t evicted;
    uint64_t reclaimed;
    uint64_t bytes;
    uint64_t reserved_bytes;
    uint64_t wakeups;
    uint32_t slots;
    uint32_t consumers;
    uint64_t slot_bytes;
    uint32_t unlinked;
    uint32_t unlinked_names;
    uint64_t relinked;
    uint64_t reserved[8];
} ferry_producer_counters;
typedef enum ferry_name_bit {
    FERRY_NAME_OF_FRAMES = 1,
    FERRY_NAME_OF_CONSUMERS = 2,
    FERRY_NAME_OF_EVENT = 4
} ferry_name_bit;
typedef struct ferry_consumer_info {
    char name[FERRY_CONSUMER_NAME_MAX + 1];
    uint32_t delivery;
    uint32_t evicted;
    uint32_t held;
    uint32_t process_id;
    uint64_t received;
    uint64_t skipped;
    uint64_t lag;
    uint32_t max_lag;
    uint32_t reserved_word;
    uint64_t joined_ns;
    uint64_t reserved[4];
} ferry_consumer_info;
FERRY_API ferry_status ferry_producer_create(ferry_producer **out,
                                             const ferry_producer_options *options,
                                             ferry_error *error);
FERRY_API void ferry_producer_close(ferry_producer **producer);
FERRY_API ferry_status ferry_producer_claim(ferry_producer *producer, const ferry_frame_info *info,
                                            ferry_claim *claim, ferry_error *error);
FERRY_API ferry_status ferry_producer_show_early(ferry_producer *producer, ferry_claim *claim,
                                                 ferry_error *error);
FERRY_API ferry_status ferry_producer_advance(ferry_producer *producer, const ferry_claim *claim,
                                              uint32_t filled_bytes, ferry_error *error);
FERRY_API ferry_status ferry_producer_commit(ferry_producer *producer, ferry_claim *claim,
                                             uint64_t *number, ferry_error *error);
FERRY_API void ferry_producer_abort(ferry_producer *producer, ferry_claim *claim);
FERRY_API ferry_status ferry_producer_send(ferry_producer *producer, const ferry_frame_info *info,
                                           const void *pixels, ptrdiff_t source_stride_bytes,
                                           uint64_t *number, ferry_error *error);
FERRY_API void ferry_producer_drop(ferry_producer *producer);
FERRY_API ferry_status ferry_producer_wait_consumer(ferry_producer *producer, int64_t timeout_ns);
FERRY_API ferry_status ferry_producer_drain(ferry_producer *producer, int64_t timeout_ns);
FERRY_API void ferry_producer_tend(ferry_producer *producer);
FERRY_API void ferry_producer_interrupt(ferry_producer *producer);
FERRY_API void ferry_producer_get_counters(ferry_producer *producer, ferry_producer_counters *out);
FERRY_API size_t ferry_producer_list_consumers(ferry_producer *producer, ferry_consumer_info *list,
                                               size_t capacity);
FERRY_END_DECLS
#endif
