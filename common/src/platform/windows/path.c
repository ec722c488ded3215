/* Source: GetFullPathNameW, and "Maximum Path Length Limitation", in the Win32 manual. */
#include "platform/windows/path.h"

#include <stdlib.h>
#include <windows.h>

#include "platform/windows/wide.h"

/* Folders have the tighter limit: there has to be room for a short name in one. */
#define SHORT_MAX (MAX_PATH - 13)

static wchar_t *out_of_memory(void) {
    SetLastError(ERROR_NOT_ENOUGH_MEMORY);
    return NULL;
}

static wchar_t *make_full(const wchar_t *path) {
    DWORD room = GetFullPathNameW(path, 0, NULL, NULL);
    if (room == 0)
        return NULL;
    wchar_t *full = malloc(room * sizeof *full);
    if (full == NULL)
        return out_of_memory();
    /* Another thread may have gone to a folder with a longer name meanwhile. */
    DWORD length = GetFullPathNameW(path, room, full, NULL);
    if (length > 0 && length < room)
        return full;
    free(full);
    SetLastError(ERROR_FILENAME_EXCED_RANGE);
    return NULL;
}

/* Behind the prefix, a network path begins with UNC\ in the place of \\. */
static wchar_t *add_prefix(const wchar_t *full) {
    bool is_network = full[0] == L'\\';
    const wchar_t *prefix = is_network ? L"\\\\?\\UNC\\" : L"\\\\?\\";
    const wchar_t *rest = is_network ? full + 2 : full;
    wchar_t *path = malloc((wcslen(prefix) + wcslen(rest) + 1) * sizeof *path);
    if (path == NULL)
        return out_of_memory();
    wcscpy(path, prefix);
    wcscat(path, rest);
    return path;
}

static bool is_prefixed(const wchar_t *full) {
    return wcsncmp(full, L"\\\\?\\", 4) == 0 || wcsncmp(full, L"\\\\.\\", 4) == 0;
}

wchar_t *ferryi_path_widen(const char *path) {
    wchar_t *wide = ferryi_wide_new(path);
    wchar_t *full = wide != NULL ? make_full(wide) : NULL;
    free(wide);
    if (full == NULL || is_prefixed(full) || wcslen(full) <= SHORT_MAX)
        return full;
    wchar_t *prefixed = add_prefix(full);
    free(full);
    return prefixed;
}

bool ferryi_path_is_separator(char c) {
    return c == '/' || c == '\\';
}

const char *ferryi_path_name(const char *path) {
    const char *name = path;
    for (const char *c = path; *c != '\0'; c++)
        if (ferryi_path_is_separator(*c) || (*c == ':' && c == path + 1))
            name = c + 1;
    return name;
}
