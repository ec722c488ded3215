/* Source: GetFileAttributesW, CreateDirectoryW in the Win32 manual. */
#include "host/files.h"

#include <stdlib.h>
#include <string.h>
#include <windows.h>

#include "platform/windows/failure.h"
#include "platform/windows/path.h"

bool host_is_separator(char c) {
    return ferryi_path_is_separator(c);
}

static bool is_wide_directory(const wchar_t *path) {
    DWORD attributes = GetFileAttributesW(path);
    return attributes != INVALID_FILE_ATTRIBUTES && (attributes & FILE_ATTRIBUTE_DIRECTORY) != 0;
}

bool host_is_directory(const char *path) {
    wchar_t *wide = ferryi_path_widen(path);
    bool is = wide != NULL && is_wide_directory(wide);
    free(wide);
    return is;
}

host_file_kind host_kind_of_file(const char *path) {
    static const char pipes[] = "\\\\.\\pipe\\";
    if (strncmp(path, pipes, sizeof pipes - 1) == 0)
        return HOST_FILE_PIPE; /* a look at it would count as its one client */
    wchar_t *wide = ferryi_path_widen(path);
    DWORD attributes = wide != NULL ? GetFileAttributesW(wide) : INVALID_FILE_ATTRIBUTES;
    free(wide);
    if (attributes == INVALID_FILE_ATTRIBUTES)
        return HOST_FILE_NONE;
    return (attributes & FILE_ATTRIBUTE_DIRECTORY) != 0 ? HOST_FILE_DIRECTORY : HOST_FILE_REGULAR;
}

bool host_exists(const char *path) {
    wchar_t *wide = ferryi_path_widen(path);
    bool exists = wide != NULL && GetFileAttributesW(wide) != INVALID_FILE_ATTRIBUTES;
    free(wide);
    return exists;
}

/* Returns 0 or a code. Another process may make the same directory at this moment: only what is
 * there in the end counts. */
static DWORD make_one(const wchar_t *path) {
    if (CreateDirectoryW(path, NULL))
        return 0;
    DWORD code = GetLastError();
    if (is_wide_directory(path))
        return 0;
    return code == ERROR_ALREADY_EXISTS ? ERROR_DIRECTORY : code;
}

/* Makes the directory, and those above it when that tells that one is missing: a root (a drive, a
 * server's share) cannot be made, and need not be known from the rest. Returns 0 or a code. */
static DWORD make_all(wchar_t *path) {
    DWORD code = make_one(path);
    wchar_t *last = wcsrchr(path, L'\\');
    if (code != ERROR_PATH_NOT_FOUND || last == NULL || last == path)
        return code;
    *last = L'\0';
    code = make_all(path);
    *last = L'\\';
    return code != 0 ? code : make_one(path);
}

ferry_status host_make_directories(const char *path, ferry_error *error) {
    wchar_t *wide = ferryi_path_widen(path);
    DWORD code = wide != NULL ? make_all(wide) : GetLastError();
    free(wide);
    if (code != 0)
        return ferryi_fail_win32(error, code, "cannot make the directory %s", path);
    return FERRY_OK;
}
