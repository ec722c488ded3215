/* Producers and consumers for the weak machine, which play the real code of channel/ on one stage.
 */
#ifndef FERRY_TEST_WEAK_ACTORS_H
#define FERRY_TEST_WEAK_ACTORS_H

#include "channel/consumer_handle.h"
#include "channel/producer_handle.h"

enum { LIVES = 2, CONSUMERS = 3, IN_HAND = 2 };

typedef struct player {
    struct ferry_consumer *handle; /* NULL: not attached */
    uint32_t delivery, max_lag;
    bool joins_late, leaves_early, stalls, follows;
    bool waits; /* in a call that sleeps until there is news */
    ferry_frame in_hand[IN_HAND];
    uint32_t hands; /* in use */
    uint64_t last;
} player;

typedef struct stage {
    ferry_producer *producer; /* NULL: none at this moment */
    ferry_producer_options options;
    uint64_t generation[LIVES];
    int lives;
    bool claims, drains, ended; /* what the producer is about */
    int sends, later_sends;     /* of the first producer, of the second */
    bool shows;                 /* frames that are being written, and gives some of them up */
    bool finds_slot;            /* for each frame, whatever the consumers do */
    bool gives_back;            /* the memory of slots that nobody wants, from time to time */
    bool first_died;            /* the first of two producers, without a word */
    bool hostile;
    player players[CONSUMERS];
    int count;
} stage;

extern stage w;

void expect(bool fine, const char *fault);
bool lot(uint64_t one_in); /* true once in so many */

void create(void);
bool attach(player *p);

/* What is true now, whoever has seen it. for_good: not counting what may change again, which is
 * what consumers of the latest frame, and evicted ones, have in hand. */
bool is_drained(bool for_good);

/* For weak_actor. */
void play_producer(void *unused);
void play_two_lives(void *unused); /* ends, or dies, and another producer takes its place */
void play_consumer(void *player);
void play_copier(void *player); /* from a channel of one slot */
void play_vandal(void *unused); /* clears what others hold, as no process of ours would */

#endif
