/* The calls of the operating system that old programs make, under the names of what they are for.
 * peer_linux.c and peer_windows.c. A name may begin with "Global\" or "Local\", which Linux has no
 * use for. A failure that no old program handles ends the peer with a message. */
#ifndef DIALECT_PEER_SYSTEM_H
#define DIALECT_PEER_SYSTEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The exit code that a kill leaves on Windows. */
enum { SYSTEM_KILLED = 137 };

typedef enum system_protection { SYSTEM_READ_WRITE, SYSTEM_EXECUTE } system_protection;

typedef struct system_memory {
    uint8_t *bytes;
    size_t size; /* all that is mapped; on Windows whole pages */
    void *handle;
} system_memory;

/* Makes a mapping, or takes the one that has the name. */
system_memory system_memory_make(const char *name, size_t bytes, system_protection protection);

/* False: there is none. */
bool system_memory_open(system_memory *memory, const char *name);

/* A file, made where it is missing, and mapped under a name too where the system has such names. */
system_memory system_file_make(const char *path, const char *name, size_t bytes);
bool system_file_open(system_memory *memory, const char *path, const char *name);

/* A file that is opened or made, and left as it is. */
void system_file_touch(const char *path);

void system_memory_flush(const system_memory *memory, size_t bytes);
void system_memory_close(system_memory *memory);

/* Makes a semaphore, or takes the one that has the name. Linux knows no maximum. */
void *system_semaphore_make(const char *name, long initial, long maximum);
void system_semaphore_wait(void *semaphore);

/* Also more often than it may be: nobody looks. */
void system_semaphore_release(void *semaphore);

/* An event that one waiter takes. The one who opens it asks for MUTEX_ALL_ACCESS, as receivers of
 * the BaseImage kind do. NULL: there is none. */
void *system_auto_event_make(const char *name);
void *system_auto_event_open(const char *name);
void system_auto_event_set(void *event);
void system_auto_event_wait(void *event);

/* False: it may not. */
bool system_auto_event_reset(void *event);

/* An event that stays set until it is reset. On Linux a semaphore of 1 while it is set, and of 0
 * while it is not. The one who opens it for changes alone cannot wait for it. NULL: there is none.
 */
typedef struct system_event system_event;
system_event *system_event_make(const char *name, bool set);
system_event *system_event_open(const char *name, bool changes_only);
void system_event_set(system_event *event);
void system_event_reset(system_event *event);
void system_event_wait(system_event *event);
void system_event_close(system_event *event);

void system_pause_ms(unsigned milliseconds);

/* As a kill -9 would. */
_Noreturn void system_die(void);

/* A thread that runs beside the caller until it is joined. */
void *system_thread_start(void (*run)(void *), void *argument);
void system_thread_join(void *thread);

/* Standard input and output carry bytes, without a change to their lines. */
void system_binary_streams(void);

#endif
