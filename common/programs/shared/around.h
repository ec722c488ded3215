/* Hints for a user whose consumer waits for a producer: other channels, a dead channel, shared
 * memory of a container. For the main thread. */
#ifndef APP_AROUND_H
#define APP_AROUND_H

#include <stdbool.h>
#include <stdint.h>

typedef struct app_around {
    uint64_t looked_ns; /* 0: not yet */
    bool has_advised;   /* about a channel of nearly that name */
} app_around;

/* Says which channels there are and what to do, at the beginning of a wait. is_explained: the
 * reason for the wait has been reported. */
void app_around_tell(app_around *a, const char *channel, bool is_explained);

/* Says the likely reason why no producer came, if there is one that has not been said. */
void app_around_advise(app_around *a, const char *channel);

/* May be called as often as wanted during the wait: looks every few seconds for a new channel of
 * nearly that name, and says so once. */
void app_around_look_again(app_around *a, const char *channel);

#endif
