/* The process that is killed, or survives: it does what its driver says, a line at a time, and
 * checks every frame that it gets. peer.c has the commands. */
#ifndef FERRY_STRESS_PEER_H
#define FERRY_STRESS_PEER_H

#include <frameferry/frameferry.h>
#include <signal.h>

#include "support/error.h"

enum { PEER_TORN = 9, PEER_BROKEN = 8 }; /* exit codes */

typedef struct peer {
    const char *channel;
    ferry_producer *producer;
    ferry_consumer *consumer;
    uint64_t seed;      /* of this producer's pictures */
    uint64_t committed; /* number of the last frame sent */
    uint64_t dropped;   /* frames that it was told were dropped, or dropped itself */
    bool drops;         /* the policy */
    bool gives_back;    /* memory of slots that lie idle */
    ferry_claim kept;   /* the last frame that was sent in that way */
    ferry_frame held;
    bool holds;
} peer;

/* A sign of life, at most every so often, for those who go on until they are told to end. */
#define PEER_TICK_NS UINT64_C(250000000)

/* Set by SIGTERM, which also interrupts the call that is under way. */
extern volatile sig_atomic_t peer_ending;

/* Writes a line at once, in printf's manner. */
void say(const char *format, ...) FERRYI_PRINTF(1, 2);

/* Says "tick" and a number when *last_ns is long ago. */
void say_tick(uint64_t *last_ns, uint64_t number);

/* Says why and ends the process: the driver sees the code. */
_Noreturn void peer_fail(int code, const char *what, uint64_t number);

/* The commands of either role: false when the command is not one of theirs. */
bool produce_command(peer *p, const char *command, char *arguments);
bool consume_command(peer *p, const char *command, char *arguments);

#endif
