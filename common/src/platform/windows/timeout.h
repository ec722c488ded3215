/* Time limits as Win32 wants them. */
#ifndef FERRYI_PLATFORM_WINDOWS_TIMEOUT_H
#define FERRYI_PLATFORM_WINDOWS_TIMEOUT_H

#include <stdint.h>
#include <windows.h>

/* Milliseconds, rounded up: a wait of no time at all would make a loop spin for the last one. Never
 * INFINITE. */
static inline DWORD ferryi_timeout_ms(int64_t timeout_ns) {
    enum { NS_IN_MS = 1000000 };
    if (timeout_ns <= 0)
        return 0;
    int64_t timeout_ms = timeout_ns / NS_IN_MS + (timeout_ns % NS_IN_MS != 0);
    return timeout_ms < INFINITE ? (DWORD)timeout_ms : INFINITE - 1;
}

#endif
