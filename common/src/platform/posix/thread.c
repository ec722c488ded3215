/* Source: pthread_create(3), pthread_sigmask(3), pthread_cond_timedwait(3), sched_getaffinity(2).
 */
#define _GNU_SOURCE /* CPU_COUNT */
#include <frameferry/thread.h>

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <frameferry/frame.h>

struct ferryi_thread {
    pthread_t id;
    void (*run)(void *argument);
    void *argument;
};

struct ferryi_mutex {
    pthread_mutex_t mutex;
};

struct ferryi_condition {
    pthread_cond_t condition;
};

static void *begin(void *argument) {
    ferryi_thread *thread = argument;
    thread->run(thread->argument);
    return NULL;
}

bool ferryi_thread_start(ferryi_thread **out, void (*run)(void *argument), void *argument) {
    ferryi_thread *thread = malloc(sizeof *thread);
    if (thread == NULL)
        return false;
    thread->run = run;
    thread->argument = argument;
    /* A thread begins with the mask of the one that starts it. */
    sigset_t stops, before;
    sigemptyset(&stops);
    sigaddset(&stops, SIGINT);
    sigaddset(&stops, SIGTERM);
    sigaddset(&stops, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &stops, &before);
    int code = pthread_create(&thread->id, NULL, begin, thread);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (code != 0) {
        free(thread);
        return false;
    }
    *out = thread;
    return true;
}

void ferryi_thread_join(ferryi_thread **thread) {
    if (*thread == NULL)
        return;
    pthread_join((*thread)->id, NULL);
    free(*thread);
    *thread = NULL;
}

unsigned ferryi_host_core_count(void) {
    cpu_set_t mine;
    /* It fails on machines with more processors than the set has room for. */
    if (sched_getaffinity(0, sizeof mine, &mine) == 0 && CPU_COUNT(&mine) > 0)
        return (unsigned)CPU_COUNT(&mine);
    long count = sysconf(_SC_NPROCESSORS_ONLN);
    return count < 1 ? 1 : (unsigned)count;
}

ferryi_mutex *ferryi_mutex_new(void) {
    ferryi_mutex *mutex = malloc(sizeof *mutex);
    if (mutex != NULL && pthread_mutex_init(&mutex->mutex, NULL) != 0) {
        free(mutex);
        return NULL;
    }
    return mutex;
}

void ferryi_mutex_free(ferryi_mutex *mutex) {
    if (mutex == NULL)
        return;
    pthread_mutex_destroy(&mutex->mutex);
    free(mutex);
}

void ferryi_mutex_lock(ferryi_mutex *mutex) {
    pthread_mutex_lock(&mutex->mutex);
}

void ferryi_mutex_unlock(ferryi_mutex *mutex) {
    pthread_mutex_unlock(&mutex->mutex);
}

ferryi_mutex *ferryi_mutex_for_messages(void) {
    static ferryi_mutex messages = {.mutex = PTHREAD_MUTEX_INITIALIZER};
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

void ferryi_condition_wait(ferryi_condition *condition, ferryi_mutex *mutex) {
    pthread_cond_wait(&condition->condition, &mutex->mutex);
}

bool ferryi_condition_wait_until(ferryi_condition *condition, ferryi_mutex *mutex,
                                 uint64_t deadline_ns) {
    struct timespec deadline = {.tv_sec = (time_t)(deadline_ns / (uint64_t)FERRY_SECOND_NS),
                                .tv_nsec = (long)(deadline_ns % (uint64_t)FERRY_SECOND_NS)};
    return pthread_cond_timedwait(&condition->condition, &mutex->mutex, &deadline) != ETIMEDOUT;
}

void ferryi_condition_signal(ferryi_condition *condition) {
    pthread_cond_signal(&condition->condition);
}

void ferryi_condition_broadcast(ferryi_condition *condition) {
    pthread_cond_broadcast(&condition->condition);
}
