/* The calls of Linux programs that follow the old conventions: shm_overview(7), sem_overview(7). */
#define _POSIX_C_SOURCE 200809L
#include "peer_system.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { NAME_BYTES = 256 };

static _Noreturn void fail(const char *what, const char *name) {
    fprintf(stderr, "dialect_peer: %s: %s: %s\n", what, name, strerror(errno));
    exit(1);
}

static const char *object_name(char *buffer, const char *name) {
    const char *behind = strchr(name, '\\');
    snprintf(buffer, NAME_BYTES, "/%s", behind == NULL ? name : behind + 1);
    return buffer;
}

/* False: its maker has not given it a size yet. */
static bool map(system_memory *memory, int descriptor, const char *name) {
    struct stat found;
    if (fstat(descriptor, &found) != 0)
        fail("fstat", name);
    memory->size = (size_t)found.st_size;
    if (memory->size == 0) {
        close(descriptor);
        return false;
    }
    memory->bytes = mmap(NULL, memory->size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    if (memory->bytes == MAP_FAILED)
        fail("mmap", name);
    close(descriptor);
    return true;
}

static void grow(system_memory *memory, int descriptor, size_t bytes, const char *name) {
    if (descriptor < 0)
        fail("open", name);
    if (ftruncate(descriptor, (off_t)bytes) != 0)
        fail("ftruncate", name);
    map(memory, descriptor, name);
}

/* Its size is set whether or not it was there. */
system_memory system_memory_make(const char *name, size_t bytes, system_protection protection) {
    (void)protection;
    char object[NAME_BYTES];
    system_memory memory = {0};
    grow(&memory, shm_open(object_name(object, name), O_CREAT | O_RDWR, 0666), bytes, name);
    return memory;
}

bool system_memory_open(system_memory *memory, const char *name) {
    char object[NAME_BYTES];
    int descriptor = shm_open(object_name(object, name), O_RDWR, 0);
    if (descriptor < 0)
        return false;
    return map(memory, descriptor, name);
}

system_memory system_file_make(const char *path, const char *name, size_t bytes) {
    (void)name;
    system_memory memory = {0};
    grow(&memory, open(path, O_CREAT | O_RDWR, 0666), bytes, path);
    return memory;
}

bool system_file_open(system_memory *memory, const char *path, const char *name) {
    (void)name;
    int descriptor = open(path, O_RDWR);
    if (descriptor < 0)
        return false;
    return map(memory, descriptor, path);
}

void system_file_touch(const char *path) {
    if (open(path, O_CREAT | O_RDWR, 0666) < 0)
        fail("open", path);
}

void system_memory_flush(const system_memory *memory, size_t bytes) {
    msync(memory->bytes, bytes, MS_SYNC);
}

void system_memory_close(system_memory *memory) {
    munmap(memory->bytes, memory->size);
}

static void *open_semaphore(const char *name, int flags, long initial) {
    char object[NAME_BYTES];
    sem_t *semaphore = sem_open(object_name(object, name), flags, 0666, (unsigned)initial);
    if (semaphore == SEM_FAILED && flags != 0)
        fail("sem_open", name);
    return semaphore == SEM_FAILED ? NULL : semaphore;
}

void *system_semaphore_make(const char *name, long initial, long maximum) {
    (void)maximum;
    return open_semaphore(name, O_CREAT, initial);
}

void system_semaphore_wait(void *semaphore) {
    while (sem_wait(semaphore) != 0 && errno == EINTR)
        ;
}

void system_semaphore_release(void *semaphore) {
    sem_post(semaphore);
}

void *system_auto_event_make(const char *name) {
    return open_semaphore(name, O_CREAT, 0);
}

void *system_auto_event_open(const char *name) {
    return open_semaphore(name, 0, 0);
}

void system_auto_event_set(void *event) {
    sem_post(event);
}

void system_auto_event_wait(void *event) {
    system_semaphore_wait(event);
}

bool system_auto_event_reset(void *event) {
    (void)event;
    return false;
}

struct system_event {
    sem_t *semaphore;
    bool changes_only;
};

static system_event *new_event(sem_t *semaphore, bool changes_only) {
    if (semaphore == NULL)
        return NULL;
    system_event *event = malloc(sizeof *event);
    if (event == NULL)
        fail("malloc", "event");
    *event = (system_event){semaphore, changes_only};
    return event;
}

system_event *system_event_make(const char *name, bool set) {
    return new_event(open_semaphore(name, O_CREAT, set), false);
}

system_event *system_event_open(const char *name, bool changes_only) {
    return new_event(open_semaphore(name, 0, 0), changes_only);
}

void system_event_set(system_event *event) {
    int value = 0;
    if (sem_getvalue(event->semaphore, &value) == 0 && value == 0)
        sem_post(event->semaphore);
}

void system_event_reset(system_event *event) {
    sem_trywait(event->semaphore);
}

void system_event_wait(system_event *event) {
    if (event->changes_only)
        return;
    system_semaphore_wait(event->semaphore);
    sem_post(event->semaphore);
}

void system_event_close(system_event *event) {
    sem_close(event->semaphore);
    free(event);
}

void system_pause_ms(unsigned milliseconds) {
    struct timespec left = {(time_t)(milliseconds / 1000), (long)(milliseconds % 1000) * 1000000};
    while (nanosleep(&left, &left) != 0 && errno == EINTR)
        ;
}

void system_die(void) {
    kill(getpid(), SIGKILL);
    for (;;)
        pause();
}

typedef struct started {
    pthread_t thread;
    void (*run)(void *);
    void *argument;
} started;

static void *begin(void *argument) {
    started *thread = argument;
    thread->run(thread->argument);
    return NULL;
}

void *system_thread_start(void (*run)(void *), void *argument) {
    started *thread = malloc(sizeof *thread);
    if (thread == NULL)
        fail("malloc", "thread");
    thread->run = run;
    thread->argument = argument;
    if (pthread_create(&thread->thread, NULL, begin, thread) != 0)
        fail("pthread_create", "thread");
    return thread;
}

void system_thread_join(void *thread) {
    pthread_join(((started *)thread)->thread, NULL);
    free(thread);
}

void system_binary_streams(void) {
}
