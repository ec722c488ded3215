#ifndef FRAMEFERRY_CHILD_H
#define FRAMEFERRY_CHILD_H
#include "clock.h"
#include "status.h"
#include "version.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
FERRY_BEGIN_DECLS
typedef struct ferry_child ferry_child;
typedef struct ferry_child_exit {
    bool exited;
    int32_t code;
} ferry_child_exit;
typedef struct ferry_child_options {
    size_t size;
    const char *command;
    const char *channel;
    const char *const *variables;
    uint32_t pipe_input;
    uint32_t own_group;
} ferry_child_options;
#ifdef __cplusplus
static inline ferry_child_options ferry_child_options_init() {
    ferry_child_options options = ferry_child_options();
    options.size = sizeof(ferry_child_options);
    return options;
}
#define FERRY_CHILD_OPTIONS_INIT ferry_child_options_init()
#else
#define FERRY_CHILD_OPTIONS_INIT                                                                   \
    { .size = sizeof(ferry_child_options) }
#endif
FERRY_API ferry_status ferry_child_start_with(ferry_child **out, const ferry_child_options *options,
                                              ferry_error *error);
FERRY_API ferry_status ferry_child_start(ferry_child **out, const char *command,
                                         const char *channel, ferry_error *error);
FERRY_API ferry_status ferry_child_write(ferry_child *child, const void *bytes, size_t count,
                                         int64_t timeout_ns, size_t *written);
FERRY_API void ferry_child_close_input(ferry_child *child);
FERRY_API void ferry_child_end(ferry_child *child, bool by_force);
FERRY_API ferry_status ferry_child_wait(ferry_child *child, int64_t timeout_ns,
                                        ferry_child_exit *out);
FERRY_API int64_t ferry_child_id(const ferry_child *child);
FERRY_API void ferry_child_free(ferry_child **child);
FERRY_END_DECLS
#endif
