/* Source: QueryPerformanceCounter ("Acquiring high-resolution time stamps": one counter for the
 * whole system, monotonic, which never fails from Windows XP on), CreateWaitableTimerExW,
 * GetSystemTimePreciseAsFileTime (100 ns since 1601). */
#include "platform/clock.h"

#include <frameferry/clock.h>
#include <windows.h>

#include "platform/windows/timeout.h"

#ifndef CREATE_WAITABLE_TIMER_HIGH_RESOLUTION /* from Windows 10, version 1803, on */
#define CREATE_WAITABLE_TIMER_HIGH_RESOLUTION 0x00000002
#endif

uint64_t ferry_clock_ns(void) {
    LARGE_INTEGER counter, frequency;
    QueryPerformanceCounter(&counter);
    QueryPerformanceFrequency(&frequency);
    uint64_t count = (uint64_t)counter.QuadPart, hertz = (uint64_t)frequency.QuadPart;
    /* Seconds apart from what is left: the whole count times 10^9 would overflow within hours. */
    return count / hertz * UINT64_C(1000000000) + count % hertz * UINT64_C(1000000000) / hertz;
}

void ferryi_clock_pause(int64_t pause_ns) {
    enum { NS_IN_TICK = 100 };
    /* Sleep ends at the next tick of the system's clock, which may be 16 ms away. */
    HANDLE timer = CreateWaitableTimerExW(NULL, NULL, CREATE_WAITABLE_TIMER_HIGH_RESOLUTION,
                                          TIMER_MODIFY_STATE | SYNCHRONIZE);
    LARGE_INTEGER due = {.QuadPart = -(pause_ns / NS_IN_TICK)}; /* negative: from now on */
    if (timer != NULL && SetWaitableTimer(timer, &due, 0, NULL, NULL, FALSE))
        WaitForSingleObject(timer, INFINITE);
    else
        Sleep(ferryi_timeout_ms(pause_ns));
    if (timer != NULL)
        CloseHandle(timer);
}

int64_t ferryi_clock_wall_offset_ns(void) {
    const int64_t ticks_to_1970 = INT64_C(116444736000000000), ns_in_tick = 100;
    FILETIME wall;
    uint64_t before_ns = ferry_clock_ns();
    GetSystemTimePreciseAsFileTime(&wall);
    uint64_t between_ns = before_ns + (ferry_clock_ns() - before_ns) / 2;
    int64_t ticks = (int64_t)((uint64_t)wall.dwHighDateTime << 32 | wall.dwLowDateTime);
    return (ticks - ticks_to_1970) * ns_in_tick - (int64_t)between_ns;
}
