/* Source: FindFirstFileW in the Win32 manual. */
#include <stdlib.h>
#include <string.h>
#include <windows.h>

#include "host/directory.h"
#include "platform/windows/failure.h"
#include "platform/windows/path.h"
#include "platform/windows/wide.h"

/* A file system may have names that are no text, with half of a surrogate pair. They are listed, so
 * that opening them says that there are no such files. */
static void mend(wchar_t *name) {
    for (; *name != L'\0'; name++) {
        bool is_pair = IS_SURROGATE_PAIR(name[0], name[1]);
        if (!is_pair && (IS_HIGH_SURROGATE(*name) || IS_LOW_SURROGATE(*name)))
            *name = 0xfffd;
        name += is_pair;
    }
}

/* Hidden is what has the attribute, and what other systems hide. */
static bool is_listed(const WIN32_FIND_DATAW *entry) {
    const DWORD unwanted = FILE_ATTRIBUTE_DIRECTORY | FILE_ATTRIBUTE_HIDDEN;
    return (entry->dwFileAttributes & unwanted) == 0 && entry->cFileName[0] != L'.';
}

/* The path with "\*" behind it. NULL: GetLastError says why. */
static wchar_t *make_pattern(const char *path) {
    size_t length = strlen(path);
    char *text = malloc(length + 3);
    if (text == NULL) {
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        return NULL;
    }
    strcpy(text, path);
    strcpy(text + length, "\\*");
    wchar_t *pattern = ferryi_path_widen(text);
    free(text);
    return pattern;
}

static bool is_directory(const WIN32_FIND_DATAW *entry) {
    return (entry->dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) != 0;
}

/* False: there is no memory to go on. */
static bool show(WIN32_FIND_DATAW *entry, host_walk_question question,
                 bool (*see)(void *argument, const char *name, bool answer), void *argument) {
    bool answer = question == HOST_WALK_LISTED ? is_listed(entry) : is_directory(entry);
    mend(entry->cFileName);
    char *name = ferryi_wide_narrow(entry->cFileName);
    bool is_seen = name != NULL && see(argument, name, answer);
    free(name);
    return is_seen;
}

/* Returns 0 or a code. */
static DWORD walk(const wchar_t *pattern, host_walk_question question,
                  bool (*see)(void *argument, const char *name, bool answer), void *argument) {
    WIN32_FIND_DATAW entry;
    HANDLE search = FindFirstFileW(pattern, &entry);
    if (search == INVALID_HANDLE_VALUE) /* the root of an empty drive has no entry at all */
        return GetLastError() == ERROR_FILE_NOT_FOUND ? 0 : GetLastError();
    DWORD code = 0;
    do
        if (!show(&entry, question, see, argument))
            code = ERROR_NOT_ENOUGH_MEMORY;
    while (code == 0 && FindNextFileW(search, &entry));
    if (code == 0 && GetLastError() != ERROR_NO_MORE_FILES)
        code = GetLastError();
    FindClose(search);
    return code;
}

ferry_status host_walk_directory(const char *path, host_walk_question question,
                                 bool (*see)(void *argument, const char *name, bool answer),
                                 void *argument, ferry_error *error) {
    wchar_t *pattern = make_pattern(path);
    if (pattern == NULL)
        return ferryi_fail_win32(error, GetLastError(), "cannot open the directory %s", path);
    DWORD code = walk(pattern, question, see, argument);
    free(pattern);
    if (code != 0)
        return ferryi_fail_win32(error, code, "cannot read the directory %s", path);
    return FERRY_OK;
}
