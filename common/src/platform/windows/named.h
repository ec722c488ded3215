/* The system's named objects: what the library calls them, whether they are there, and who may use
 * them. Source: Kernel Object Namespaces; Securable Objects and Security Descriptor String Format
 * in the Win32 manual. */
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

/* The name of something that belongs to an object: NAME~KIND. */
void ferryi_named_beside(wchar_t out[FERRYI_NAMED_LENGTH], const char *name, const char *kind);

/* The same for one of several, and of one of the objects that may have the name one after another:
 * NAME~KIND~INDEX~KEY, the key in hexadecimal digits. */
void ferryi_named_of(wchar_t out[FERRYI_NAMED_LENGTH], const char *name, const char *kind,
                     unsigned index, uint64_t key);

/* Whether an event has this name. What cannot be opened is there as well. */
bool ferryi_named_event_exists(const wchar_t *name);

/* Who may use an object that is made: its user; of a mode as chmod(2) has it, also other users, as
 * the group's bits say. Made once for each, and kept: it is a matter of milliseconds for a
 * producer's many events. NULL: GetLastError says why. Any thread. */
SECURITY_ATTRIBUTES *ferryi_named_security(unsigned mode);

/* FERRY_OK when an object is this user's; FERRY_NOT_ALLOWED. The handle needs READ_CONTROL. */
ferry_status ferryi_named_check_owner(HANDLE object, const char *name, ferry_error *error);

#endif
