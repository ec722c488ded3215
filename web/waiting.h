/* One that waits, in a list of those who wait for the same. */
#ifndef WEB_WAITING_H
#define WEB_WAITING_H

#include <stdbool.h>
#include <stddef.h>

typedef struct waiting {
    /* Called when the wait is over, with the store's lock; may only wake somebody. */
    void (*wake)(void *argument);
    void *argument;
    struct waiting *next;
    bool is_waiting;
} waiting;

static inline void waiting_add(waiting **list, waiting *w) {
    w->next = *list;
    w->is_waiting = true;
    *list = w;
}

static inline void waiting_remove(waiting **list, waiting *w) {
    waiting **at = list;
    while (*at != NULL && *at != w)
        at = &(*at)->next;
    if (*at == w)
        *at = w->next;
    w->is_waiting = false;
}

static inline void waiting_wake_all(waiting **list) {
    while (*list != NULL) {
        waiting *w = *list;
        *list = w->next;
        w->is_waiting = false;
        w->wake(w->argument);
    }
}

#endif
