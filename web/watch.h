/* Waiting for what happens at sockets while the server does not look at them: the peer hangs up, or
 * there is room to send again. One thread waits; the other calls come from any. */
#ifndef WEB_WATCH_H
#define WEB_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include <frameferry/status.h>

typedef struct watch watch;

typedef struct watch_event {
    uint64_t key;
    bool is_gone; /* the peer has hung up; else there is room */
} watch_event;

/* NULL: the system has no room for it, with the reason. Source: epoll(7), eventfd(2). */
watch *watch_open(ferry_error *error);
void watch_close(watch *w); /* NULL is accepted */

/* Begins to watch a socket, for room too if that is wanted. There is one event at most; an event
 * that has been waited for already may still be on its way after watch_remove. */
bool watch_add(watch *w, int socket, uint64_t key, bool for_room);
void watch_remove(watch *w, int socket);

/* Ends the wait that is under way, or else the next one. */
void watch_wake(watch *w);

/* Waits until a time on ferry_clock_ns, UINT64_MAX for ever. Returns the number of events; 0: it
 * was woken, or the time has come. */
unsigned watch_wait(watch *w, uint64_t until_ns, watch_event *events, unsigned capacity);

#endif
