#include "host/library.h"

#include <string.h>
#include <windows.h>

#include "platform/windows/failure.h"
#include "support/error.h"

ferry_status host_open_library(host_library **out, const char *file, ferry_error *error) {
    wchar_t wide[MAX_PATH];
    if (MultiByteToWideChar(CP_UTF8, 0, file, -1, wide, MAX_PATH) == 0)
        return ferryi_fail(error, FERRY_SYSTEM_ERROR, 0, "%.300s is no name of a library", file);
    HMODULE handle = LoadLibraryW(wide);
    if (handle == NULL)
        return ferryi_fail_win32(error, GetLastError(), "%s cannot be loaded", file);
    *out = (host_library *)handle;
    return FERRY_OK;
}

host_function host_find_function(host_library *library, const char *name) {
    host_function function = NULL;
    FARPROC found = GetProcAddress((HMODULE)library, name);
    memcpy(&function, &found, sizeof function);
    return function;
}
