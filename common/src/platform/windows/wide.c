/* Source: MultiByteToWideChar, WideCharToMultiByte in the Win32 manual. */
#include "platform/windows/wide.h"

#include <limits.h>
#include <stdlib.h>
#include <windows.h>

wchar_t *ferryi_wide_new(const char *utf8) {
    int length = MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, utf8, -1, NULL, 0);
    wchar_t *out = length > 0 ? malloc((size_t)length * sizeof *out) : NULL;
    if (out != NULL)
        MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, utf8, -1, out, length);
    return out;
}

char *ferryi_wide_narrow(const wchar_t *utf16) {
    int bytes = WideCharToMultiByte(CP_UTF8, WC_ERR_INVALID_CHARS, utf16, -1, NULL, 0, NULL, NULL);
    char *out = bytes > 0 ? malloc((size_t)bytes) : NULL;
    if (out != NULL)
        WideCharToMultiByte(CP_UTF8, WC_ERR_INVALID_CHARS, utf16, -1, out, bytes, NULL, NULL);
    return out;
}

bool ferryi_wide_into(wchar_t *out, size_t out_length, const char *utf8) {
    int room = out_length < INT_MAX ? (int)out_length : INT_MAX;
    return MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, utf8, -1, out, room) > 0;
}

bool ferryi_wide_narrow_into(char *out, size_t out_bytes, const wchar_t *utf16) {
    int room = out_bytes < INT_MAX ? (int)out_bytes : INT_MAX;
    return WideCharToMultiByte(CP_UTF8, WC_ERR_INVALID_CHARS, utf16, -1, out, room, NULL, NULL) > 0;
}
