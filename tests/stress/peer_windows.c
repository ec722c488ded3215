/* Source: the Win32 manual. */
#include "peer_system.h"

#include <windows.h>

#include <stdio.h>

void peer_begin(void (*on_end)(int number)) {
    (void)on_end; /* when the driver ends, so does standard input */
}

/* A pause that is shorter than the system's timer knows is spent waiting. */
void peer_pause_us(unsigned long us) {
    LARGE_INTEGER begin, now, frequency;
    if (us >= 1000) {
        Sleep(us / 1000);
        return;
    }
    QueryPerformanceFrequency(&frequency);
    QueryPerformanceCounter(&begin);
    do {
        QueryPerformanceCounter(&now);
    } while ((now.QuadPart - begin.QuadPart) * 1000000 < (long long)us * frequency.QuadPart);
}

/* There is no such thing as a process that stops itself: this thread waits for a line. A peer's
 * other threads go on. */
void peer_stop(const char *point) {
    char line[16];
    (void)point;
    if (fgets(line, sizeof line, stdin) == NULL)
        ExitProcess(0); /* the driver has gone */
}

int peer_has_names(const char *channel) {
    static const char *const endings[] = {"", "~consumers", "Mutex"};
    char name[300];
    int found = 0;
    for (int i = 0; i < 3; i++) {
        snprintf(name, sizeof name, "%s%s", channel, endings[i]);
        HANDLE mapping = OpenFileMappingA(FILE_MAP_READ, FALSE, name);
        HANDLE event = OpenEventA(SYNCHRONIZE, FALSE, name);
        found += mapping != NULL || event != NULL;
        if (mapping != NULL)
            CloseHandle(mapping);
        if (event != NULL)
            CloseHandle(event);
    }
    return found;
}
