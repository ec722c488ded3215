/* What there is while a consumer waits for a producer: other channels, a dead one, shared memory
 * that is not that of the whole machine. For the main thread. */
#ifndef APP_AROUND_H
#define APP_AROUND_H

#include <stdbool.h>
#include <stdint.h>

typedef struct app_around {
    uint64_t looked_ns; /* 0: not yet */
    bool has_advised;   /* of a name that is nearly the one that is waited for */
} app_around;

/* Says what there is and what may be done, for one who begins to wait for a channel. is_explained:
 * why nobody is there has been said. */
void app_around_tell(app_around *a, const char *channel, bool is_explained);

/* Says what is likely to be the reason why nobody came, if there is such a thing and it has not
 * been said. */
void app_around_advise(app_around *a, const char *channel);

/* To be called as often as may be while the wait goes on: looks every few seconds whether a channel
 * of nearly that name has come, and says so once. */
void app_around_look_again(app_around *a, const char *channel);

#endif
