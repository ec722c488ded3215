/* Source: NtOpenDirectoryObject, NtQueryDirectoryObject, OBJECT_ATTRIBUTES in the manual of Windows
 * for drivers. The calls are not among those of Win32, and may not be there. */
#include "platform/windows/sections.h"

#include <stdlib.h>
#include <string.h>
#include <windows.h>

#include <winternl.h> /* needs windows.h */

#include "platform/windows/wide.h"

#ifndef DIRECTORY_QUERY
#define DIRECTORY_QUERY 0x0001
#endif

/* One name, as NtQueryDirectoryObject has it; behind the last there is one of zeros. */
typedef struct entry {
    UNICODE_STRING name, type;
} entry;

typedef NTSTATUS NTAPI open_call(HANDLE *, ACCESS_MASK, OBJECT_ATTRIBUTES *);

static const int32_t more_entries = 0x00000105, no_more_entries = (int32_t)0x8000001A,
                     not_implemented = (int32_t)0xC0000002, no_memory = (int32_t)0xC0000017;

enum { FIRST_BYTES = 65536, MOST_BYTES = 1 << 24, NAME_BYTES = 1024 };

typedef struct listing {
    HANDLE directory;
    ferryi_sections_query *query;
    entry *entries;
    ULONG bytes;
    ferryi_sections_see *see;
    void *argument;
    bool is_over; /* no more are wanted */
} listing;

static FARPROC find_call(const char *name) {
    HMODULE ntdll = GetModuleHandleW(L"ntdll.dll");
    return ntdll != NULL ? GetProcAddress(ntdll, name) : NULL;
}

static bool is_section(const entry *e) {
    static const wchar_t section[] = L"Section";
    size_t bytes = sizeof section - sizeof section[0];
    return e->type.Length == bytes && memcmp(e->type.Buffer, section, bytes) == 0;
}

static void show(listing *l, const entry *e) {
    wchar_t wide[NAME_BYTES];
    char name[NAME_BYTES];
    size_t length = e->name.Length / sizeof wide[0];
    if (!is_section(e) || length >= sizeof wide / sizeof wide[0])
        return;
    memcpy(wide, e->name.Buffer, e->name.Length);
    wide[length] = L'\0';
    if (wcslen(wide) == length && ferryi_wide_narrow_into(name, sizeof name, wide))
        l->is_over = !l->see(l->argument, name);
}

static bool make_room(listing *l, ULONG bytes) {
    entry *larger = realloc(l->entries, bytes);
    if (larger == NULL)
        return false;
    l->entries = larger;
    l->bytes = bytes;
    return true;
}

/* All entries in one call, between which and the next one others could come and go. */
static int32_t list_at_once(listing *l) {
    int32_t status = more_entries;
    for (ULONG bytes = FIRST_BYTES; status == more_entries && bytes <= MOST_BYTES; bytes *= 2) {
        ULONG context = 0, used = 0;
        if (!make_room(l, bytes))
            return no_memory;
        status = l->query(l->directory, l->entries, l->bytes, FALSE, TRUE, &context, &used);
    }
    if (status == no_more_entries) /* there is none */
        return 0;
    for (const entry *e = l->entries; status >= 0 && e->name.Buffer != NULL && !l->is_over; e++)
        show(l, e);
    return status;
}

/* One entry a call, where the system has nothing else (Wine 8). One that goes meanwhile moves the
 * next one into its place, which is then passed over: another round finds that. */
static int32_t list_one_by_one(listing *l) {
    enum { ROUNDS = 4, ENTRIES_MOST = 1 << 18 };
    int32_t status = 0;
    for (int round = 0; round < ROUNDS; round++) {
        ULONG context = 0, used = 0;
        for (int i = 0; i < ENTRIES_MOST && !l->is_over; i++) {
            status = l->query(l->directory, l->entries, l->bytes, TRUE, i == 0, &context, &used);
            if (status < 0)
                break;
            show(l, l->entries);
        }
        if (status < 0 && status != no_more_entries)
            return status;
    }
    return 0;
}

static int32_t open_directory(HANDLE *out, const wchar_t *path) {
    open_call *open = (open_call *)(void *)find_call("NtOpenDirectoryObject");
    size_t bytes = wcslen(path) * sizeof path[0];
    UNICODE_STRING name = {.Length = (USHORT)bytes,
                           .MaximumLength = (USHORT)(bytes + sizeof path[0]),
                           .Buffer = (wchar_t *)(uintptr_t)path}; /* it is only read */
    OBJECT_ATTRIBUTES attributes;
    InitializeObjectAttributes(&attributes, &name, OBJ_CASE_INSENSITIVE, NULL, NULL);
    return open != NULL ? open(out, DIRECTORY_QUERY, &attributes) : FERRYI_SECTIONS_NO_CALL;
}

int32_t ferryi_sections_read(HANDLE directory, ferryi_sections_query *query,
                             ferryi_sections_see *see, void *argument) {
    listing l = {.directory = directory, .query = query, .see = see, .argument = argument};
    int32_t status = list_at_once(&l);
    if (status == not_implemented)
        status = list_one_by_one(&l);
    free(l.entries);
    return status;
}

int32_t ferryi_sections_list(const wchar_t *directory, ferryi_sections_see *see, void *argument) {
    HANDLE opened = NULL;
    ferryi_sections_query *query =
        (ferryi_sections_query *)(void *)find_call("NtQueryDirectoryObject");
    if (query == NULL)
        return FERRYI_SECTIONS_NO_CALL;
    int32_t status = open_directory(&opened, directory);
    if (status < 0)
        return status;
    status = ferryi_sections_read(opened, query, see, argument);
    CloseHandle(opened);
    return status;
}
