/* Kinds of named objects: which one has a name, and the states of events and semaphores, which no
 * Win32 function tells without taking them. */
#ifndef FERRYI_PLATFORM_WINDOWS_KIND_H
#define FERRYI_PLATFORM_WINDOWS_KIND_H

#include <frameferry/status.h>
#include <stdbool.h>
#include <stdint.h>
#include <windows.h>

#ifndef EVENT_QUERY_STATE
#define EVENT_QUERY_STATE 0x0001
#endif
#ifndef SEMAPHORE_QUERY_STATE
#define SEMAPHORE_QUERY_STATE 0x0001
#endif

/* Returns what has a name, for sentences: "a semaphore". */
const char *ferryi_kind_tell(const wchar_t *path);

/* Why an object of a kind ("semaphore") could not be opened, from a code of GetLastError.
 * FERRY_NO_PRODUCER: there is none. FERRY_FOREIGN: one of another kind has the name. */
ferry_status ferryi_kind_refuse(DWORD code, const char *kind, const wchar_t *path, const char *name,
                                ferry_error *error);

/* Tells of an event whether it is one of manual reset, and set. False: the system does not say; the
 * handle needs EVENT_QUERY_STATE. */
bool ferryi_kind_query_event(HANDLE event, bool *is_manual, bool *is_set);

/* Tells the value of a semaphore; the handle needs SEMAPHORE_QUERY_STATE. */
bool ferryi_kind_query_semaphore(HANDLE semaphore, uint32_t *value);

#endif
