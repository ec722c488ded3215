/* Source: rand_s in the manual of the C run-time library (the system's generator);
 * GetModuleFileNameW, GetUserNameW, InitOnceExecuteOnce in the Win32 manual. */
#define _CRT_RAND_S
#include "platform/self.h"

#include <stdlib.h>
#include <string.h>
#include <windows.h>

#include <lmcons.h>

#include <frameferry/clock.h>

#include "platform/windows/wide.h"

uint64_t ferryi_self_random_id(void) {
    uint64_t id = 0;
    while (id == 0) {
        unsigned high, low;
        /* Where the generator fails, time and process still tell one life from the next. */
        if (rand_s(&high) == 0 && rand_s(&low) == 0)
            id = (uint64_t)high << 32 | low;
        else
            id = ferry_clock_ns() * UINT64_C(0x9e3779b97f4a7c15) ^ GetCurrentProcessId();
    }
    return id;
}

uint32_t ferryi_self_process_id(void) {
    return GetCurrentProcessId();
}

enum { LONGEST_PATH = 32768, LONGEST_NAME = 3 * 260 }; /* in UTF-16, in UTF-8 */
static INIT_ONCE name_once = INIT_ONCE_STATIC_INIT;
static char program_name[LONGEST_NAME];

/* Leaves the name empty where it cannot be had. */
static BOOL CALLBACK find_name(INIT_ONCE *once, void *argument, void **context) {
    (void)once;
    (void)argument;
    (void)context;
    wchar_t *path = malloc(LONGEST_PATH * sizeof *path);
    if (path == NULL)
        return TRUE;
    DWORD length = GetModuleFileNameW(NULL, path, LONGEST_PATH);
    if (length > 0 && length < LONGEST_PATH) {
        const wchar_t *folder_end = wcsrchr(path, L'\\');
        const wchar_t *name = folder_end != NULL ? folder_end + 1 : path;
        wchar_t *suffix = wcsrchr(path, L'.');
        if (suffix != NULL && suffix > name && _wcsicmp(suffix, L".exe") == 0)
            *suffix = L'\0';
        if (!ferryi_wide_narrow_into(program_name, sizeof program_name, name))
            program_name[0] = '\0';
    }
    free(path);
    return TRUE;
}

const char *ferryi_self_program_name(void) {
    InitOnceExecuteOnce(&name_once, find_name, NULL, NULL);
    return program_name;
}

void ferryi_self_user(char *out, size_t capacity) {
    wchar_t name[UNLEN + 1];
    DWORD length = UNLEN + 1;
    if (!GetUserNameW(name, &length) || !ferryi_wide_narrow_into(out, capacity, name))
        out[0] = '\0';
}

ferry_status ferryi_self_count_forks(ferry_error *error) {
    (void)error; /* there is no fork */
    return FERRY_OK;
}

uint32_t ferryi_self_fork_count(void) {
    return 0;
}
