#ifndef FRAMEFERRY_STATUS_H
#define FRAMEFERRY_STATUS_H
#include "version.h"
#include <stdint.h>
FERRY_BEGIN_DECLS
typedef enum ferry_status {
    FERRY_OK = 0,
    FERRY_TIMEOUT = -1,
    FERRY_END_OF_STREAM = -2,
    FERRY_PRODUCER_LOST = -3,
    FERRY_EVICTED = -4,
    FERRY_OVERRUN = -5,
    FERRY_FULL = -6,
    FERRY_TOO_MANY_HELD = -7,
    FERRY_INTERRUPTED = -8,
    FERRY_OVERTAKEN = -9,
    FERRY_ABANDONED = -10,
    FERRY_WOKEN = -11,
    FERRY_TOO_LARGE = -20,
    FERRY_NO_SPACE = -21,
    FERRY_BUSY = -22,
    FERRY_TOO_MANY_CONSUMERS = -23,
    FERRY_NO_PRODUCER = -24,
    FERRY_EXHAUSTED = -25,
    FERRY_FOREIGN = -40,
    FERRY_MALFORMED = -41,
    FERRY_WRONG_VERSION = -42,
    FERRY_NOT_ALLOWED = -43,
    FERRY_BAD_NAME = -44,
    FERRY_UNREADABLE = -45,
    FERRY_INVALID_ARGUMENT = -60,
    FERRY_NOT_SUPPORTED = -61,
    FERRY_FORKED = -62,
    FERRY_NO_MEMORY = -80,
    FERRY_SYSTEM_ERROR = -81
} ferry_status;
typedef struct ferry_error {
    ferry_status status;
    int32_t os_code;
    char message[504];
} ferry_error;
#ifdef __cplusplus
static inline ferry_error ferry_error_init() {
    return ferry_error();
}
#define FERRY_ERROR_INIT ferry_error_init()
#else
#define FERRY_ERROR_INIT                                                                           \
    { .status = FERRY_OK }
#endif
FERRY_API const char *ferry_status_text(ferry_status status);
FERRY_END_DECLS
#endif
