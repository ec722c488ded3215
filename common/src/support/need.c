#include "support/need.h"

#include <string.h>

#include <frameferry/clock.h>

#include "support/error.h"

ferry_status ferryi_need_refuse_null(const char *name, ferry_error *error) {
    return ferryi_fail(error, FERRY_INVALID_ARGUMENT, 0, "%s is NULL, which means nothing here",
                       name);
}

ferry_status ferryi_need_refuse_time(const char *name, int64_t time_ns, ferry_error *error) {
    return ferryi_fail(error, FERRY_INVALID_ARGUMENT, 0,
                       "%s is %lld: a time cannot be negative; FERRY_FOREVER has no bound", name,
                       (long long)time_ns);
}

ferry_status ferryi_need_choice(uint32_t choice, uint32_t last, const char *name,
                                const char *choices, ferry_error *error) {
    if (choice <= last)
        return FERRY_OK;
    return ferryi_fail(error, FERRY_INVALID_ARGUMENT, 0, "%s is %lu: it has to be %s", name,
                       (unsigned long)choice, choices);
}

ferry_status ferryi_need_options(void *out, size_t bytes, const void *given,
                                 const char *initialiser, ferry_error *error) {
    size_t size;
    if (given == NULL)
        return FERRY_OK;
    memcpy(&size, given, sizeof size);
    if (size < sizeof size)
        return ferryi_fail(error, FERRY_INVALID_ARGUMENT, 0,
                           "size is %zu: options have to start from %s", size, initialiser);
    memcpy(out, given, size < bytes ? size : bytes);
    return FERRY_OK;
}
