/* The calls of Windows programs that follow the old conventions, with the access that they ask for.
 */
#include "peer_system.h"

#include <fcntl.h>
#include <io.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

/* MUTEX_ALL_ACCESS of winnt.h: it may wait, and not set or reset an event. */
#define RECEIVER_ACCESS 0x1F0001

static _Noreturn void fail(const char *what, const char *name) {
    fprintf(stderr, "dialect_peer: %s: %s: error %lu\n", what, name, GetLastError());
    ExitProcess(1);
}

static void map(system_memory *memory, const char *name) {
    MEMORY_BASIC_INFORMATION region;
    memory->bytes = MapViewOfFile(memory->handle, FILE_MAP_ALL_ACCESS, 0, 0, 0);
    if (memory->bytes == NULL || VirtualQuery(memory->bytes, &region, sizeof region) == 0)
        fail("MapViewOfFile", name);
    memory->size = region.RegionSize;
}

static system_memory make(HANDLE file, const char *name, size_t bytes, DWORD protection) {
    system_memory memory = {0};
    memory.handle = CreateFileMappingA(file, NULL, protection, 0, (DWORD)bytes, name);
    if (memory.handle == NULL)
        fail("CreateFileMapping", name);
    map(&memory, name);
    return memory;
}

system_memory system_memory_make(const char *name, size_t bytes, system_protection protection) {
    return make(INVALID_HANDLE_VALUE, name, bytes,
                protection == SYSTEM_EXECUTE ? PAGE_EXECUTE_READWRITE : PAGE_READWRITE);
}

bool system_memory_open(system_memory *memory, const char *name) {
    memory->handle = OpenFileMappingA(FILE_MAP_ALL_ACCESS, FALSE, name);
    if (memory->handle == NULL)
        return false;
    map(memory, name);
    return true;
}

static HANDLE open_file(const char *path) {
    HANDLE file =
        CreateFileA(path, GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL,
                    OPEN_ALWAYS, FILE_ATTRIBUTE_NORMAL, NULL);
    if (file == INVALID_HANDLE_VALUE)
        fail("CreateFile", path);
    return file;
}

system_memory system_file_make(const char *path, const char *name, size_t bytes) {
    return make(open_file(path), name, bytes, PAGE_READWRITE);
}

bool system_file_open(system_memory *memory, const char *path, const char *name) {
    (void)path;
    return system_memory_open(memory, name);
}

void system_file_touch(const char *path) {
    open_file(path);
}

void system_memory_flush(const system_memory *memory, size_t bytes) {
    FlushViewOfFile(memory->bytes, bytes);
}

void system_memory_close(system_memory *memory) {
    UnmapViewOfFile(memory->bytes);
    CloseHandle(memory->handle);
}

void *system_semaphore_make(const char *name, long initial, long maximum) {
    HANDLE semaphore = CreateSemaphoreA(NULL, initial, maximum, name);
    if (semaphore == NULL)
        fail("CreateSemaphore", name);
    return semaphore;
}

void system_semaphore_wait(void *semaphore) {
    WaitForSingleObject(semaphore, INFINITE);
}

void system_semaphore_release(void *semaphore) {
    ReleaseSemaphore(semaphore, 1, NULL);
}

void *system_auto_event_make(const char *name) {
    HANDLE event = CreateEventA(NULL, FALSE, FALSE, name);
    if (event == NULL)
        fail("CreateEvent", name);
    return event;
}

void *system_auto_event_open(const char *name) {
    return OpenEventA(RECEIVER_ACCESS, FALSE, name);
}

void system_auto_event_set(void *event) {
    SetEvent(event);
}

void system_auto_event_wait(void *event) {
    WaitForSingleObject(event, INFINITE);
}

bool system_auto_event_reset(void *event) {
    return ResetEvent(event);
}

/* The handle is all there is to it. */
system_event *system_event_make(const char *name, bool set) {
    HANDLE event = CreateEventA(NULL, TRUE, set, name);
    if (event == NULL)
        fail("CreateEvent", name);
    return (system_event *)event;
}

system_event *system_event_open(const char *name, bool changes_only) {
    DWORD access = changes_only ? EVENT_MODIFY_STATE : EVENT_ALL_ACCESS;
    return (system_event *)OpenEventA(access, FALSE, name);
}

void system_event_set(system_event *event) {
    SetEvent((HANDLE)event);
}

void system_event_reset(system_event *event) {
    ResetEvent((HANDLE)event);
}

void system_event_wait(system_event *event) {
    WaitForSingleObject((HANDLE)event, INFINITE);
}

void system_event_close(system_event *event) {
    CloseHandle((HANDLE)event);
}

void system_pause_ms(unsigned milliseconds) {
    Sleep(milliseconds);
}

void system_die(void) {
    TerminateProcess(GetCurrentProcess(), SYSTEM_KILLED);
    for (;;)
        Sleep(INFINITE);
}

typedef struct started {
    HANDLE thread;
    void (*run)(void *);
    void *argument;
} started;

static DWORD WINAPI begin(void *argument) {
    started *thread = argument;
    thread->run(thread->argument);
    return 0;
}

void *system_thread_start(void (*run)(void *), void *argument) {
    started *thread = malloc(sizeof *thread);
    if (thread == NULL)
        fail("malloc", "thread");
    thread->run = run;
    thread->argument = argument;
    thread->thread = CreateThread(NULL, 0, begin, thread, 0, NULL);
    if (thread->thread == NULL)
        fail("CreateThread", "thread");
    return thread;
}

void system_thread_join(void *thread) {
    WaitForSingleObject(((started *)thread)->thread, INFINITE);
    CloseHandle(((started *)thread)->thread);
    free(thread);
}

void system_binary_streams(void) {
    _setmode(_fileno(stdin), _O_BINARY);
    _setmode(_fileno(stdout), _O_BINARY);
}
