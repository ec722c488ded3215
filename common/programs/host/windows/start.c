/* Source: GetStdHandle, CommandLineToArgvW in the Win32 manual. */
#include "host/start.h"

#include <fcntl.h>
#include <io.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <windows.h>

#include <shellapi.h>

#include "host/terminal.h"
#include "host/windows/console.h"
#include "platform/windows/wide.h"

static void secure(DWORD which) {
    HANDLE handle = GetStdHandle(which);
    if (handle != NULL && handle != INVALID_HANDLE_VALUE)
        return;
    handle = CreateFileW(L"NUL", GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL,
                         OPEN_EXISTING, 0, NULL);
    if (handle != INVALID_HANDLE_VALUE)
        SetStdHandle(which, handle);
}

void host_secure_streams(void) {
    secure(STD_INPUT_HANDLE);
    secure(STD_OUTPUT_HANDLE);
    secure(STD_ERROR_HANDLE);
    _setmode(_fileno(stdout), _O_BINARY);
    _setmode(_fileno(stderr), _O_BINARY);
    setvbuf(stderr, NULL, _IONBF, 0); /* which not every C library does for a pipe */
    if (host_is_terminal(stdout) || host_is_terminal(stderr))
        host_console_use_utf8();
}

static void free_list(char **list, int count) {
    for (int i = 0; list != NULL && i < count; i++)
        free(list[i]);
    free(list);
}

/* Where there is no memory, the program gets what main has got. */
void host_take_arguments(int *count, char ***arguments) {
    int found = 0;
    wchar_t **wide = CommandLineToArgvW(GetCommandLineW(), &found);
    if (wide == NULL)
        return;
    char **list = calloc((size_t)found + 1, sizeof *list); /* for as long as the program runs */
    bool done = list != NULL;
    for (int i = 0; i < found && done; i++)
        done = (list[i] = ferryi_wide_narrow(wide[i])) != NULL;
    LocalFree(wide);
    if (!done) {
        free_list(list, found);
        return;
    }
    *count = found;
    *arguments = list;
}
