/* Tells the user when the channel's names have been removed from shared memory. */
#ifndef PRODUCER_NAMES_H
#define PRODUCER_NAMES_H

#include <stdint.h>

#include <frameferry/producer.h>

typedef struct names_watch {
    const char *channel;
    uint32_t told;     /* ferry_name_bits */
    uint64_t relinked; /* of which the user knows */
    uint64_t looked_ns;
} names_watch;

/* Has the library look after the channel, and says on standard error, once, what has come of its
 * names. Once a second at most: to be called whenever the loop comes by. */
void names_tend(names_watch *watch, ferry_producer *producer);

#endif
