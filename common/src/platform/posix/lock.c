#include "../lock.h"

#include <pthread.h>
#include <stdlib.h>

struct ferryi_lock {
    pthread_mutex_t mutex;
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
