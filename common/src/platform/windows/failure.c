/* Source: FormatMessageW and System Error Codes in the Win32 manual. */
#include "platform/windows/failure.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <windows.h>

#include "platform/windows/wide.h"

static ferry_status status_of(uint32_t code) {
    switch (code) {
    case ERROR_ACCESS_DENIED:
    case ERROR_PRIVILEGE_NOT_HELD:
    case ERROR_SHARING_VIOLATION:
    case ERROR_WRITE_PROTECT: return FERRY_NOT_ALLOWED;
    case ERROR_NOT_ENOUGH_MEMORY:
    case ERROR_OUTOFMEMORY: return FERRY_NO_MEMORY;
    case ERROR_COMMITMENT_LIMIT:
    case ERROR_DISK_FULL:
    case ERROR_HANDLE_DISK_FULL:
    case ERROR_NO_SYSTEM_RESOURCES: return FERRY_NO_SPACE;
    default: return FERRY_SYSTEM_ERROR;
    }
}

/* The system's words for a code, without the line end and the full stop that it puts there. */
static void reason_of(char *out, size_t out_bytes, uint32_t code) {
    wchar_t text[256];
    DWORD length = FormatMessageW(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS |
                                      FORMAT_MESSAGE_MAX_WIDTH_MASK,
                                  NULL, code, 0, text, (DWORD)(sizeof text / sizeof text[0]), NULL);
    while (length > 0 && wcschr(L" .\r\n", text[length - 1]) != NULL)
        length--;
    text[length < 256 ? length : 255] = L'\0';
    if (length == 0 || !ferryi_wide_narrow_into(out, out_bytes, text))
        snprintf(out, out_bytes, "error %lu", (unsigned long)code);
}

ferry_status ferryi_fail_win32(ferry_error *error, uint32_t code, const char *format, ...) {
    ferry_status status = status_of(code);
    if (error == NULL)
        return status;
    char sentence[sizeof error->message], reason[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    reason_of(reason, sizeof reason, code);
    return ferryi_fail(error, status, (int32_t)code, "%s: %s", sentence, reason);
}
