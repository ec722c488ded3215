/* Text between UTF-8, which the library speaks, and UTF-16, which Win32 does. */
#ifndef FERRYI_PLATFORM_WINDOWS_WIDE_H
#define FERRYI_PLATFORM_WINDOWS_WIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <wchar.h>

/* Copies of a whole text, to be freed by the caller. NULL: out of memory, or what is given is no
 * text (GetLastError: ERROR_NO_UNICODE_TRANSLATION). */
wchar_t *ferryi_wide_new(const char *utf8);
char *ferryi_wide_narrow(const wchar_t *utf16);

/* The same into memory of the caller's, which has to hold all of it. False: it does not, or it is
 * no text; out is then not to be used. */
bool ferryi_wide_into(wchar_t *out, size_t out_length, const char *utf8);
bool ferryi_wide_narrow_into(char *out, size_t out_bytes, const wchar_t *utf16);

#endif
