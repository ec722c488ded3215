/* Paths: UTF-8 as the library takes them, UTF-16 for the wide Win32 functions. */
#ifndef FERRYI_PLATFORM_WINDOWS_PATH_H
#define FERRYI_PLATFORM_WINDOWS_PATH_H

#include <stdbool.h>
#include <wchar.h>

/* The absolute path as the system understands this one, with '\' between its parts: "\\.\NUL" for a
 * name that is a device's. One that is too long for the old limit of 260 characters gets the prefix
 * that has no limit. Freed by the caller. NULL: GetLastError says why. */
wchar_t *ferryi_path_widen(const char *path);

/* Whether this character ends a folder's name in a path. */
bool ferryi_path_is_separator(char c);

/* The part behind the last separator, or behind the drive. */
const char *ferryi_path_name(const char *path);

#endif
