/* The system's named objects: their names, whether they are there, and which users may use them.
 * Source: Kernel Object Namespaces; Securable Objects and Security Descriptor String Format in the
 * Win32 manual. */
#ifndef FERRYI_PLATFORM_WINDOWS_NAMED_H
#define FERRYI_PLATFORM_WINDOWS_NAMED_H

#include <frameferry/status.h>
#include <stdbool.h>
#include <stdint.h>
#include <windows.h>

/* Room for the longest name: the system's own limit. */
enum { FERRYI_NAMED_LENGTH = MAX_PATH };

/* An object's name, which the caller has checked. */
void ferryi_named_make(wchar_t out[FERRYI_NAMED_LENGTH], const char *name);

/* The same for a name that nobody has checked. FERRY_BAD_NAME: it is empty, too long or no text. */
ferry_status ferryi_named_check(wchar_t out[FERRYI_NAMED_LENGTH], const char *name,
                                ferry_error *error);

/* The name of something that belongs to an object: NAME~KIND. */
void ferryi_named_beside(wchar_t out[FERRYI_NAMED_LENGTH], const char *name, const char *kind);

/* The same for one of several, and of one of the objects that may have the name one after another:
 * NAME~KIND~INDEX~KEY, the key in hexadecimal digits. */
void ferryi_named_of(wchar_t out[FERRYI_NAMED_LENGTH], const char *name, const char *kind,
                     unsigned index, uint64_t key);

/* Whether an event has this name. An event that cannot be opened is there as well. */
bool ferryi_named_event_exists(const wchar_t *name);

/* Returns the rights on a new object: its user has all, and other users have those of the group's
 * bits in a mode of chmod(2). They are made once for each mode, and kept: making them anew for each
 * of a producer's many events would take milliseconds. NULL: GetLastError says why. Any thread. */
SECURITY_ATTRIBUTES *ferryi_named_security(unsigned mode);

/* Why an object could not be made, from a code of GetLastError. */
ferry_status ferryi_named_refuse(DWORD code, const char *name, ferry_error *error);

/* The same for a section of so many bytes. FERRY_BUSY: something has the name. FERRY_NO_SPACE. */
ferry_status ferryi_named_refuse_section(DWORD code, const char *name, uint64_t bytes,
                                         ferry_error *error);

/* FERRY_OK when an object is this user's; FERRY_NOT_ALLOWED. The handle needs READ_CONTROL. */
ferry_status ferryi_named_check_owner(HANDLE object, const char *name, ferry_error *error);

#endif
