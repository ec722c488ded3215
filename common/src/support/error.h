/* Filling ferry_error. */
#ifndef FERRYI_SUPPORT_ERROR_H
#define FERRYI_SUPPORT_ERROR_H

#include <frameferry/status.h>

#if defined(__clang__)
#define FERRYI_PRINTF(template, first) __attribute__((format(printf, template, first)))
#elif defined(__GNUC__)
/* Standard C's conversions, where gcc's plain printf would mean those of an old C library. */
#define FERRYI_PRINTF(template, first) __attribute__((format(gnu_printf, template, first)))
#else
#define FERRYI_PRINTF(template, first)
#endif

/* Fills error, unless it is NULL, with a sentence in printf's manner, and returns status, so that a
 * failure is one statement: return ferryi_fail(error, FERRY_BUSY, 0, "...", ...). Characters that
 * are not printable are replaced by '?' (bytes from 0x80 on are kept: UTF-8). */
ferry_status ferryi_fail(ferry_error *error, ferry_status status, int32_t os_code,
                         const char *format, ...) FERRYI_PRINTF(4, 5);

/* The status that fits an errno: permission, memory, space; else FERRY_SYSTEM_ERROR. */
ferry_status ferryi_error_status(int code);

/* As ferryi_fail, with the status of errno code and ": REASON" after the sentence. */
ferry_status ferryi_fail_errno(ferry_error *error, int code, const char *format, ...)
    FERRYI_PRINTF(3, 4);

#endif
