/* Checks of the arguments of public calls: FERRY_INVALID_ARGUMENT with a sentence that names the
 * argument, or the field of the options, as its header does. */
#ifndef FERRYI_SUPPORT_NEED_H
#define FERRYI_SUPPORT_NEED_H

#include <stddef.h>
#include <stdint.h>

#include <frameferry/status.h>

/* The sentences of failures. */
ferry_status ferryi_need_refuse_null(const char *name, ferry_error *error);
ferry_status ferryi_need_refuse_time(const char *name, int64_t time_ns, ferry_error *error);

static inline ferry_status ferryi_need(const void *pointer, const char *name, ferry_error *error) {
    return pointer != NULL ? FERRY_OK : ferryi_need_refuse_null(name, error);
}

static inline ferry_status ferryi_need_time(int64_t time_ns, const char *name, ferry_error *error) {
    return time_ns >= 0 ? FERRY_OK : ferryi_need_refuse_time(name, time_ns, error);
}

/* Checks that a choice is one from 0 to last, whose names are for the sentence. */
ferry_status ferryi_need_choice(uint32_t choice, uint32_t last, const char *name,
                                const char *choices, ferry_error *error);

/* Copies the options of a caller over the defaults in out, which has this many bytes. The caller
 * may have been compiled against a shorter struct or a longer one. given may be NULL. Both begin
 * with their size; initialiser is the name of the macro that sets it. */
ferry_status ferryi_need_options(void *out, size_t bytes, const void *given,
                                 const char *initialiser, ferry_error *error);

#endif
