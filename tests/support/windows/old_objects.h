/* The objects of programs that know nothing of this library, on Windows, made by the system's own
 * calls. */
#ifndef FERRY_TEST_OLD_OBJECTS_H
#define FERRY_TEST_OLD_OBJECTS_H

#include <stdbool.h>
#include <stdint.h>
#include <windows.h>

/* ---- memory ---- */

typedef struct old_memory {
    uint8_t *base;
    size_t bytes; /* of whole pages */
    HANDLE section;
} old_memory;

static inline old_memory old_memory_map(HANDLE section) {
    assert_non_null(section);
    void *base = MapViewOfFile(section, FILE_MAP_ALL_ACCESS, 0, 0, 0);
    MEMORY_BASIC_INFORMATION about;
    assert_non_null(base);
    assert_true(VirtualQuery(base, &about, sizeof about) == sizeof about);
    return (old_memory){.base = base, .bytes = about.RegionSize, .section = section};
}

/* Makes it, or opens what is there. */
static inline old_memory old_memory_make(const char *name, size_t bytes) {
    return old_memory_map(CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_EXECUTE_READWRITE, 0,
                                             (DWORD)bytes, name));
}

static inline old_memory old_memory_open(const char *name) {
    return old_memory_map(OpenFileMappingA(FILE_MAP_ALL_ACCESS, FALSE, name));
}

static inline void old_memory_close(old_memory *memory) {
    UnmapViewOfFile(memory->base);
    CloseHandle(memory->section);
    memory->base = NULL;
}

/* It goes with those who have it. */
static inline void old_memory_remove(const char *name) {
    (void)name;
}

/* ---- semaphores ---- */

typedef HANDLE old_semaphore;

static inline old_semaphore old_semaphore_make(const char *name, unsigned value) {
    old_semaphore made = CreateSemaphoreA(NULL, (LONG)value, 1, name);
    assert_non_null(made);
    return made;
}

static inline old_semaphore old_semaphore_open(const char *name) {
    old_semaphore found = OpenSemaphoreA(SEMAPHORE_ALL_ACCESS, FALSE, name);
    assert_non_null(found);
    return found;
}

/* Takes it without waiting. */
static inline bool old_semaphore_take(old_semaphore semaphore) {
    return WaitForSingleObject(semaphore, 0) == WAIT_OBJECT_0;
}

/* One that is at its most already stays so. */
static inline void old_semaphore_release(old_semaphore semaphore) {
    assert_true(ReleaseSemaphore(semaphore, 1, NULL) || GetLastError() == ERROR_TOO_MANY_POSTS);
}

/* The system tells the value when it is raised. */
static inline int old_semaphore_value(old_semaphore semaphore) {
    LONG before = -1;
    if (!old_semaphore_take(semaphore))
        return 0;
    assert_true(ReleaseSemaphore(semaphore, 1, &before));
    return (int)before + 1;
}

static inline void old_semaphore_close(old_semaphore semaphore) {
    CloseHandle(semaphore);
}

static inline void old_semaphore_remove(const char *name) {
    (void)name;
}

static inline bool old_semaphore_exists(const char *name) {
    HANDLE found = OpenSemaphoreA(SYNCHRONIZE, FALSE, name);
    if (found != NULL)
        CloseHandle(found);
    return found != NULL;
}

/* ---- manual-reset events ---- */

typedef HANDLE old_event;

static inline old_event old_event_make(const char *name, bool is_set) {
    old_event made = CreateEventA(NULL, TRUE, is_set, name);
    assert_non_null(made);
    return made;
}

static inline old_event old_event_open(const char *name) {
    old_event found = OpenEventA(EVENT_ALL_ACCESS, FALSE, name);
    assert_non_null(found);
    return found;
}

static inline bool old_event_is_set(old_event event) {
    return WaitForSingleObject(event, 0) == WAIT_OBJECT_0;
}

static inline void old_event_set(old_event event) {
    assert_true(SetEvent(event));
}

static inline void old_event_reset(old_event event) {
    assert_true(ResetEvent(event));
}

static inline void old_event_close(old_event event) {
    CloseHandle(event);
}

#endif
