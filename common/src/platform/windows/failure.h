/* Failures of Win32 calls: a status and a sentence from what GetLastError says. */
#ifndef FERRYI_PLATFORM_WINDOWS_FAILURE_H
#define FERRYI_PLATFORM_WINDOWS_FAILURE_H

#include <frameferry/status.h>
#include <stdint.h>

#include "support/error.h"

/* As ferryi_fail, with the status that fits a Win32 error code, and ": REASON" after the sentence,
 * in the system's words. */
ferry_status ferryi_fail_win32(ferry_error *error, uint32_t code, const char *format, ...)
    FERRYI_PRINTF(3, 4);

#endif
