/* Source: CreateProcessW and SearchPathW in the Win32 manual. */
#include "host/command.h"

#include <stdlib.h>
#include <string.h>

#include <windows.h>

#include "platform/windows/failure.h"
#include "platform/windows/wide.h"
#include "support/error.h"

static bool is_file(const wchar_t *name) {
    wchar_t found[1];
    /* It wants more room for what it has found; 0: nothing. */
    return SearchPathW(NULL, name, L".exe", 0, found, NULL) != 0;
}

/* Whether CreateProcess finds a program in a command: in quotes, else in what stands before one of
 * the blanks, the first that names a file. Writes to the command. */
static bool finds(wchar_t *command) {
    command += wcsspn(command, L" \t");
    if (*command == L'"') {
        wchar_t *name = command + 1;
        name[wcscspn(name, L"\"")] = L'\0';
        return *name != L'\0' && is_file(name);
    }
    size_t length = 0;
    do {
        length += wcscspn(command + length, L" \t");
        wchar_t behind = command[length];
        command[length] = L'\0';
        bool is_found = length > 0 && is_file(command);
        command[length] = behind;
        if (is_found)
            return true;
        length += behind != L'\0';
    } while (command[length] != L'\0');
    return false;
}

ferry_status host_check_command(const char *command, ferry_error *error) {
    if (command[strspn(command, " \t")] == '\0')
        return ferryi_fail(error, FERRY_INVALID_ARGUMENT, 0, "the command is empty");
    wchar_t *wide = ferryi_wide_new(command);
    if (wide == NULL)
        return ferryi_fail_win32(error, GetLastError(), "cannot start \"%s\"", command);
    bool is_found = finds(wide);
    free(wide);
    return is_found
               ? FERRY_OK
               : ferryi_fail_win32(error, ERROR_FILE_NOT_FOUND, "cannot start \"%s\"", command);
}
