/* The objects of programs that know nothing of this library, on POSIX, made by the system's own
 * calls. A manual-reset event is a semaphore of 1 while it is set, as ported programs have it. */
#ifndef FERRY_TEST_OLD_OBJECTS_H
#define FERRY_TEST_OLD_OBJECTS_H

#include <fcntl.h>
#include <semaphore.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- memory ---- */

typedef struct old_memory {
    uint8_t *base;
    size_t bytes;
    int descriptor;
} old_memory;

static inline const char *old_path(char out[static PATH_BYTES], const char *name) {
    snprintf(out, PATH_BYTES, "/%.*s", PATH_BYTES - 2, name);
    return out;
}

static inline old_memory old_memory_map(int descriptor) {
    struct stat about;
    assert_true(descriptor >= 0);
    assert_int_equal(fstat(descriptor, &about), 0);
    void *base =
        mmap(NULL, (size_t)about.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    assert_true(base != MAP_FAILED);
    return (old_memory){.base = base, .bytes = (size_t)about.st_size, .descriptor = descriptor};
}

/* Makes it, or opens what is there. */
static inline old_memory old_memory_make(const char *name, size_t bytes) {
    char path[PATH_BYTES];
    int descriptor = shm_open(old_path(path, name), O_CREAT | O_RDWR, 0600);
    assert_int_equal(ftruncate(descriptor, (off_t)bytes), 0);
    return old_memory_map(descriptor);
}

static inline old_memory old_memory_open(const char *name) {
    char path[PATH_BYTES];
    return old_memory_map(shm_open(old_path(path, name), O_RDWR, 0));
}

static inline void old_memory_close(old_memory *memory) {
    munmap(memory->base, memory->bytes);
    close(memory->descriptor);
    memory->base = NULL;
}

/* Takes its name away, where names can be. */
static inline void old_memory_remove(const char *name) {
    char path[PATH_BYTES];
    assert_int_equal(shm_unlink(old_path(path, name)), 0);
}

/* ---- semaphores ---- */

typedef sem_t *old_semaphore;

static inline old_semaphore old_semaphore_make(const char *name, unsigned value) {
    char path[PATH_BYTES];
    old_semaphore made = sem_open(old_path(path, name), O_CREAT, 0600, value);
    assert_true(made != SEM_FAILED);
    return made;
}

static inline old_semaphore old_semaphore_open(const char *name) {
    char path[PATH_BYTES];
    old_semaphore found = sem_open(old_path(path, name), 0);
    assert_true(found != SEM_FAILED);
    return found;
}

static inline int old_semaphore_value(old_semaphore semaphore) {
    int value = -1;
    assert_int_equal(sem_getvalue(semaphore, &value), 0);
    return value;
}

/* Takes it without waiting. */
static inline bool old_semaphore_take(old_semaphore semaphore) {
    return sem_trywait(semaphore) == 0;
}

static inline void old_semaphore_release(old_semaphore semaphore) {
    assert_int_equal(sem_post(semaphore), 0);
}

static inline void old_semaphore_close(old_semaphore semaphore) {
    assert_int_equal(sem_close(semaphore), 0);
}

static inline void old_semaphore_remove(const char *name) {
    char path[PATH_BYTES];
    assert_int_equal(sem_unlink(old_path(path, name)), 0);
}

static inline bool old_semaphore_exists(const char *name) {
    char object[NAME_BYTES + 4];
    snprintf(object, sizeof object, "sem.%.*s", NAME_BYTES - 1, name);
    return shm_exists(object);
}

/* ---- manual-reset events ---- */

typedef old_semaphore old_event;

static inline old_event old_event_make(const char *name, bool is_set) {
    return old_semaphore_make(name, is_set ? 1 : 0);
}

static inline old_event old_event_open(const char *name) {
    return old_semaphore_open(name);
}

static inline bool old_event_is_set(old_event event) {
    return old_semaphore_value(event) != 0;
}

static inline void old_event_set(old_event event) {
    if (!old_event_is_set(event))
        old_semaphore_release(event);
}

static inline void old_event_reset(old_event event) {
    (void)old_semaphore_take(event);
}

static inline void old_event_close(old_event event) {
    old_semaphore_close(event);
}

#endif
