/* The names of sections in a directory of the object manager, which is what the system itself keeps
 * of named objects (docs/decisions/0059-names-on-windows-are-those-of-the-object-manager.md). */
#ifndef FERRYI_PLATFORM_WINDOWS_SECTIONS_H
#define FERRYI_PLATFORM_WINDOWS_SECTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <wchar.h>
#include <windows.h>

/* Takes a name, in UTF-8 and without the directory. False: no more are wanted. */
typedef bool ferryi_sections_see(void *argument, const char *name);

/* Calls see for each section that has a name in the directory, in no order, and for some perhaps
 * twice. Names that are no text are left out. Those that are there throughout the call are among
 * them. Returns an NTSTATUS, whose sign says whether it failed; FERRYI_SECTIONS_NO_CALL: this
 * system does not have the call. */
int32_t ferryi_sections_list(const wchar_t *directory, ferryi_sections_see *see, void *argument);

/* NtQueryDirectoryObject, or a test's. */
typedef LONG NTAPI ferryi_sections_query(HANDLE directory, void *buffer, ULONG bytes,
                                         BOOLEAN single, BOOLEAN restart, ULONG *context,
                                         ULONG *used);

/* The same of an open directory. */
int32_t ferryi_sections_read(HANDLE directory, ferryi_sections_query *query,
                             ferryi_sections_see *see, void *argument);

/* STATUS_PROCEDURE_NOT_FOUND */
#define FERRYI_SECTIONS_NO_CALL ((int32_t)0xC000007A)

#endif
