/* What there is while a consumer waits for a producer: other channels, a dead one, shared memory
 * that is not that of the whole machine. For the main thread. */
#ifndef CONSUMER_AROUND_H
#define CONSUMER_AROUND_H

#include <stdbool.h>
#include <stdint.h>

typedef struct around {
    uint64_t looked_ns; /* 0: not yet */
    bool has_advised;   /* of a name that is nearly the one that is waited for */
} around;

/* Says what there is and what may be done, for one who begins to wait for a channel. is_explained:
 * why nobody is there has been said. */
void around_tell(around *a, const char *channel, bool is_explained);

/* Says what is likely to be the reason why nobody came, if there is such a thing and it has not
 * been said. */
void around_advise(around *a, const char *channel);

/* To be called as often as may be while the wait goes on: looks every few seconds whether a channel
 * of nearly that name has come, and says so once. */
void around_look_again(around *a, const char *channel);

#endif
