/* Source: pthread_mutex_lock(3), pthread_cond_timedwait(3). */
#define _GNU_SOURCE
#include "platform/lock.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include <frameferry/clock.h>

struct ferryi_lock {
    pthread_mutex_t mutex;
};

struct ferryi_condition {
    pthread_cond_t condition;
};

ferryi_lock *ferryi_lock_new(void) {
    ferryi_lock *lock = malloc(sizeof *lock);
    if (lock != NULL && pthread_mutex_init(&lock->mutex, NULL) != 0) {
        free(lock);
        return NULL;
    }
    return lock;
}

void ferryi_lock_free(ferryi_lock *lock) {
    if (lock == NULL)
        return;
    pthread_mutex_destroy(&lock->mutex);
    free(lock);
}

void ferryi_lock_take(ferryi_lock *lock) {
    pthread_mutex_lock(&lock->mutex);
}

void ferryi_lock_give(ferryi_lock *lock) {
    pthread_mutex_unlock(&lock->mutex);
}

ferryi_lock *ferryi_lock_for_messages(void) {
    static ferryi_lock messages = {.mutex = PTHREAD_MUTEX_INITIALIZER};
    return &messages;
}

ferryi_condition *ferryi_condition_new(void) {
    ferryi_condition *condition = malloc(sizeof *condition);
    pthread_condattr_t attributes;
    if (condition == NULL || pthread_condattr_init(&attributes) != 0) {
        free(condition);
        return NULL;
    }
    /* The clock of ferry_clock_ns. */
    int code = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    if (code == 0)
        code = pthread_cond_init(&condition->condition, &attributes);
    pthread_condattr_destroy(&attributes);
    if (code != 0) {
        free(condition);
        return NULL;
    }
    return condition;
}

void ferryi_condition_free(ferryi_condition *condition) {
    if (condition == NULL)
        return;
    pthread_cond_destroy(&condition->condition);
    free(condition);
}

void ferryi_condition_wait(ferryi_condition *condition, ferryi_lock *lock) {
    pthread_cond_wait(&condition->condition, &lock->mutex);
}

bool ferryi_condition_wait_until(ferryi_condition *condition, ferryi_lock *lock,
                                 uint64_t deadline_ns) {
    struct timespec deadline = {.tv_sec = (time_t)(deadline_ns / (uint64_t)FERRY_SECOND_NS),
                                .tv_nsec = (long)(deadline_ns % (uint64_t)FERRY_SECOND_NS)};
    return pthread_cond_timedwait(&condition->condition, &lock->mutex, &deadline) != ETIMEDOUT;
}

void ferryi_condition_signal(ferryi_condition *condition) {
    pthread_cond_signal(&condition->condition);
}

void ferryi_condition_broadcast(ferryi_condition *condition) {
    pthread_cond_broadcast(&condition->condition);
}
