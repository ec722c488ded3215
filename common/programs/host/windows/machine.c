/* Source: GetSystemTimePreciseAsFileTime, GetProcessAffinityMask in the Win32 manual. */
#include "host/machine.h"

#include <windows.h>

#include "support/bits.h"

uint64_t host_wall_clock_us(void) {
    static const uint64_t from_1601_to_1970_us = UINT64_C(11644473600) * 1000000;
    FILETIME now;
    GetSystemTimePreciseAsFileTime(&now);
    uint64_t time_us = ((uint64_t)now.dwHighDateTime << 32 | now.dwLowDateTime) / 10;
    return time_us < from_1601_to_1970_us ? 0 : time_us - from_1601_to_1970_us;
}

unsigned host_core_count(void) {
    DWORD_PTR mine = 0, all = 0;
    unsigned count = 0;
    /* No more than 64, the processors of one group: a process stays in one unless it asks. */
    if (GetProcessAffinityMask(GetCurrentProcess(), &mine, &all))
        count = ferryi_bits_count(mine);
    return count < 1 ? 1 : count;
}
