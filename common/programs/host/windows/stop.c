/* Source: SetConsoleCtrlHandler, HandlerRoutine, CreateWaitableTimerExW in the Win32 manual. */
#include "host/stop.h"

#include <stdatomic.h>
#include <windows.h>

#include <frameferry/clock.h>

#include "host/windows/console.h"
#include "host/windows/stop.h"
#include "platform/windows/failure.h"

#define STOPS_UNTIL_EXIT 3
/* The exit code with which a shell on Linux reports a program that Ctrl-C has ended. */
#define STOPPED_EXIT (128 + 2)
/* How long a program may take to end once its console is closed; the system gives it 5 s. */
#define CLOSE_LIMIT_MS 10000
#define TIMER_UNIT_NS 100
/* In timers that are as exact as the clock; from Windows 10, version 1803 on. */
#ifndef CREATE_WAITABLE_TIMER_HIGH_RESOLUTION
#define CREATE_WAITABLE_TIMER_HIGH_RESOLUTION 0x2
#endif

static struct {
    void (*notify)(void *argument);
    void *argument;
    HANDLE event;
    HANDLE main_thread;
    SRWLOCK notifying;
} stop = {.notifying = SRWLOCK_INIT};
static atomic_int stop_count;
static void (*_Atomic forced_end)(void); /* called before the third request ends the process */

HANDLE host_stop_event(void) {
    return stop.event;
}

void host_stop_restores(void (*restore)(void)) {
    atomic_store(&forced_end, restore);
}

static void end_at_once(void) {
    void (*restore)(void) = atomic_load(&forced_end);
    if (restore != NULL)
        restore();
    host_console_restore();
    TerminateProcess(GetCurrentProcess(), STOPPED_EXIT);
}

/* Runs in a thread that the system makes for it. */
static BOOL WINAPI on_stop(DWORD reason) {
    if (atomic_fetch_add(&stop_count, 1) + 1 >= STOPS_UNTIL_EXIT)
        end_at_once();
    SetEvent(stop.event);
    AcquireSRWLockExclusive(&stop.notifying);
    if (stop.notify != NULL)
        stop.notify(stop.argument);
    ReleaseSRWLockExclusive(&stop.notifying);
    /* When this returns for any other reason, the system ends the process, done or not. */
    if (reason != CTRL_C_EVENT && reason != CTRL_BREAK_EVENT)
        WaitForSingleObject(stop.main_thread, CLOSE_LIMIT_MS);
    return TRUE;
}

ferry_status host_catch_stop(void (*notify)(void *argument), void *argument, ferry_error *error) {
    HANDLE self = GetCurrentProcess();
    stop.notify = notify;
    stop.argument = argument;
    stop.event = CreateEventW(NULL, TRUE, FALSE, NULL);
    if (stop.event == NULL ||
        !DuplicateHandle(self, GetCurrentThread(), self, &stop.main_thread, SYNCHRONIZE, FALSE,
                         0) ||
        !SetConsoleCtrlHandler(on_stop, TRUE))
        return ferryi_fail_win32(error, GetLastError(), "cannot catch Ctrl-C");
    return FERRY_OK;
}

void host_settle_notify(void) {
    AcquireSRWLockExclusive(&stop.notifying);
    ReleaseSRWLockExclusive(&stop.notifying);
}

int host_stop_count(void) {
    return atomic_load(&stop_count);
}

static HANDLE make_timer(void) {
    HANDLE timer =
        CreateWaitableTimerExW(NULL, NULL, CREATE_WAITABLE_TIMER_HIGH_RESOLUTION, TIMER_ALL_ACCESS);
    return timer != NULL ? timer : CreateWaitableTimerExW(NULL, NULL, 0, TIMER_ALL_ACCESS);
}

/* Sleeps for so long, or until the user asks to stop. */
static void sleep_for(HANDLE timer, uint64_t left_ns) {
    /* Below zero: from now on. */
    LARGE_INTEGER due = {.QuadPart = -(LONGLONG)((left_ns + TIMER_UNIT_NS - 1) / TIMER_UNIT_NS)};
    HANDLE news[] = {timer, stop.event};
    if (timer == NULL || !SetWaitableTimer(timer, &due, 0, NULL, NULL, FALSE))
        Sleep(1); /* without memory for a timer, this has to do */
    else          /* without host_catch_stop this only sleeps */
        WaitForMultipleObjects(stop.event != NULL ? 2 : 1, news, FALSE, INFINITE);
}

bool host_sleep_until(uint64_t deadline_ns) {
    HANDLE timer = NULL;
    bool is_stopped;
    uint64_t now_ns;
    while (!(is_stopped = host_stop_count() > 0) && (now_ns = ferry_clock_ns()) < deadline_ns) {
        if (timer == NULL)
            timer = make_timer();
        sleep_for(timer, deadline_ns - now_ns);
    }
    if (timer != NULL)
        CloseHandle(timer);
    return is_stopped;
}
