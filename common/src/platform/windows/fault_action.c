/* Source: TerminateProcess in the Win32 manual. */
#include "platform/fault_point.h"

#include <windows.h>

/* The exit code with which shells on other systems report a process that was killed. */
enum { KILLED = 137 };

void ferryi_fault_point_kill(const char *point) {
    (void)point;
    TerminateProcess(GetCurrentProcess(), KILLED);
    Sleep(INFINITE); /* it may return before the process has ended */
}

void ferryi_fault_point_stop(const char *point) {
    (void)point;
    Sleep(INFINITE);
}
