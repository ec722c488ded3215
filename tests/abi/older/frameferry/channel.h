#ifndef FRAMEFERRY_CHANNEL_H
#define FRAMEFERRY_CHANNEL_H
#include "status.h"
#include "version.h"
#include <stdint.h>
FERRY_BEGIN_DECLS
#define FERRY_DEFAULT_NAME "BaseImage"
#define FERRY_NAME_MAX 200
#define FERRY_MAX_SLOTS 64
#define FERRY_MAX_CONSUMERS 32
#define FERRY_CONSUMER_NAME_MAX 63
#define FERRY_PRODUCER_NAME_MAX 63
#define FERRY_HEADER_BYTES 16
#define FERRY_DEFAULT_SLOT_BYTES 33554432u
#define FERRY_DEFAULT_SLOTS 8
typedef enum ferry_full_policy {
    FERRY_WHEN_FULL_WAIT = 0,
    FERRY_WHEN_FULL_DROP = 1,
    FERRY_WHEN_FULL_UNKNOWN = 2
} ferry_full_policy;
typedef enum ferry_dialect { FERRY_DIALECT_NATIVE = 0, FERRY_DIALECT_BASEIMAGE = 1 } ferry_dialect;
typedef enum ferry_sharing {
    FERRY_SHARING_NONE = 0,
    FERRY_SHARING_GROUP = 1,
    FERRY_SHARING_EVERYONE = 2
} ferry_sharing;
typedef enum ferry_delivery { FERRY_DELIVERY_LATEST = 0, FERRY_DELIVERY_EVERY = 1 } ferry_delivery;
typedef struct ferry_producer_info {
    char name[FERRY_PRODUCER_NAME_MAX + 1];
    char user[FERRY_PRODUCER_NAME_MAX + 1];
    uint32_t process_id;
    uint32_t max_held;
    uint64_t start_ns;
    int64_t wall_offset_ns;
    uint64_t reserved[4];
} ferry_producer_info;
typedef intptr_t ferry_pollable;
#define FERRY_POLLABLE_NONE ((ferry_pollable)-1)
FERRY_API ferry_status ferry_name_check(const char *name, ferry_error *error);
FERRY_END_DECLS
#endif
