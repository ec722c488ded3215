/* Source: CreateProcessW, "Changing Environment Variables" in the Win32 manual. */
#include "platform/environment.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

#include "platform/windows/wide.h"
#include "support/error.h"

static size_t count_entries(const wchar_t *block) {
    size_t count = 0;
    for (; *block != L'\0'; block += wcslen(block) + 1)
        count++;
    return count;
}

static size_t count_changes(const char *const *list) {
    size_t count = 0;
    while (list[count] != NULL)
        count++;
    return count;
}

/* The first character may be '=': the system keeps the current folder of each drive in variables
 * called "=C:". */
static size_t name_length(const wchar_t *entry) {
    const wchar_t *end = *entry == L'\0' ? NULL : wcschr(entry + 1, L'=');
    return end != NULL ? (size_t)(end - entry) : wcslen(entry);
}

/* Negative, 0 or positive: the order of names, in which case does not count. */
static int compare(const wchar_t *a, size_t a_length, const wchar_t *b, size_t b_length) {
    return CompareStringOrdinal(a, (int)a_length, b, (int)b_length, TRUE) - CSTR_EQUAL;
}

/* Whether change sets or takes away the variable of entry, which is "NAME=VALUE". */
static bool concerns(const wchar_t *change, const wchar_t *entry) {
    size_t length = wcscspn(change, L"=");
    size_t entry_length = name_length(entry);
    if (change[length] == L'\0' && length > 0 && change[length - 1] == L'*')
        return entry_length >= length - 1 && compare(change, length - 1, entry, length - 1) == 0;
    return compare(change, length, entry, entry_length) == 0;
}

static bool is_changed(wchar_t *const *changes, const wchar_t *entry) {
    for (; *changes != NULL; changes++)
        if (concerns(*changes, entry))
            return true;
    return false;
}

static void free_changes(wchar_t **changes) {
    for (size_t i = 0; changes != NULL && changes[i] != NULL; i++)
        free(changes[i]);
    free(changes);
}

/* The changes as the system's text, ended by NULL. NULL: out of memory, or what is given is no
 * text. */
static wchar_t **widen_changes(const char *const *given) {
    size_t count = count_changes(given);
    wchar_t **changes = calloc(count + 1, sizeof *changes);
    bool fine = changes != NULL;
    for (size_t i = 0; i < count && fine; i++)
        fine = (changes[i] = ferryi_wide_new(given[i])) != NULL;
    if (fine)
        return changes;
    free_changes(changes);
    return NULL;
}

static int compare_entries(const void *a, const void *b) {
    const wchar_t *left = *(wchar_t *const *)a, *right = *(wchar_t *const *)b;
    return compare(left, name_length(left), right, name_length(right));
}

/* Puts what the child shall have into list, which has room for it, and returns how many. */
static size_t choose(wchar_t **list, wchar_t *inherited, wchar_t *const *changes) {
    size_t used = 0;
    for (; *inherited != L'\0'; inherited += wcslen(inherited) + 1)
        if (!is_changed(changes, inherited))
            list[used++] = inherited;
    for (; *changes != NULL; changes++)
        if (wcschr(*changes, L'=') != NULL && !is_changed(changes + 1, *changes))
            list[used++] = *changes;
    qsort(list, used, sizeof *list, compare_entries);
    return used;
}

static wchar_t *join(wchar_t *const *list, size_t count) {
    size_t length = 2; /* an empty environment too ends with two zeros */
    for (size_t i = 0; i < count; i++)
        length += wcslen(list[i]) + 1;
    wchar_t *block = calloc(length, sizeof *block);
    wchar_t *at = block;
    for (size_t i = 0; i < count && block != NULL; i++) {
        wcscpy(at, list[i]);
        at += wcslen(at) + 1;
    }
    return block;
}

/* NULL: out of memory. */
static wchar_t *make_block(wchar_t *const *changes) {
    wchar_t *inherited = GetEnvironmentStringsW();
    if (inherited == NULL)
        return NULL;
    size_t room = count_entries(inherited);
    for (size_t i = 0; changes[i] != NULL; i++)
        room++;
    wchar_t **list = calloc(room + 1, sizeof *list);
    wchar_t *block = list != NULL ? join(list, choose(list, inherited, changes)) : NULL;
    free(list);
    FreeEnvironmentStringsW(inherited);
    return block;
}

ferry_status ferryi_environment_block(void **out, const char *const *changes, const char *command,
                                      ferry_error *error) {
    SetLastError(0);
    wchar_t **wide = widen_changes(changes);
    if (wide == NULL && GetLastError() == ERROR_NO_UNICODE_TRANSLATION)
        return ferryi_fail(error, FERRY_INVALID_ARGUMENT, ERROR_NO_UNICODE_TRANSLATION,
                           "an entry of variables for \"%s\" is not UTF-8 text", command);
    *out = wide != NULL ? make_block(wide) : NULL;
    free_changes(wide);
    if (*out == NULL)
        return ferryi_fail(error, FERRY_NO_MEMORY, 0, "no memory to start %s", command);
    return FERRY_OK;
}
