/* Things that all conventions of the peer have in common: options, steps at which a test stops or
 * kills a peer, and how messages go into a mapping and come out of it. */
#ifndef DIALECT_PEER_H
#define DIALECT_PEER_H

#include "message.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The convention's own. */
#define PEER_INITIAL UINT32_MAX

typedef enum peer_name {
    NAME_MEMORY,
    NAME_SEMAPHORE,
    NAME_READ,
    NAME_WRITE,
    NAME_EVENT,
    NAME_BACK,
    NAME_BACK_SEMAPHORE,
    NAME_BACK_READ,
    NAME_BACK_WRITE,
    NAME_COUNT
} peer_name;

typedef struct peer_options {
    const char *convention, *role;
    const char *names[NAME_COUNT];
    const char *file;   /* that is mapped */
    const char *beside; /* file: a file that is opened and stays empty */
    size_t size;        /* of a mapping that is made; 0: what the convention has */
    payload payload;
    const char *reading;   /* duplex: pairs, single, mutex */
    uint32_t initial;      /* of semaphores: what the convention does not have, or PEER_INITIAL */
    uint32_t first, count; /* count 0: without end */
    uint32_t until;        /* the message that is the last one to be received; 0: without end */
    unsigned pause_ms;     /* behind each message that is sent */
    unsigned linger_ms;    /* file: before the end */
    const char *die_at;    /* STEP or STEP:N */
    const char *hold;      /* the same */
    const char *nonsense;  /* in the place of the first message */
    bool lines; /* a line of standard input before each message, or look; it may hold the message's
                   index */
    bool retry; /* what is missing is looked for until it comes */
    bool changes_only; /* rwevents: events are opened without the right to wait */
    bool bare;         /* texts without NUL, on what was there before */
} peer_options;

/* One direction of messages. */
typedef struct flow {
    const peer_options *options;
    const char *prefix; /* of the names of its steps */
    const char *memory, *semaphore, *read, *write;
    uint32_t
        index; /* of the message in work: the sender's own number, or how many a receiver has got */
    uint32_t last; /* that a receiver has printed */
    verdict last_verdict;
    bool seen_last; /* a receiver has got all that it was to get */
} flow;

typedef struct peer_role {
    const char *name;
    const char *steps; /* words */
    int (*run)(const peer_options *options);
    const char *(*steps_of)(const peer_options *options); /* where the steps depend on an option */
} peer_role;

typedef struct convention {
    const char *name;
    const char *names[NAME_COUNT];
    size_t size;
    size_t tail; /* the longest tail of a text */
    peer_role roles[4];
} convention;

extern const convention mutex_convention, lockstep_convention, duplex_convention,
    rwevents_convention, demo_convention, file_convention, baseimage_convention;

/* ---- peer.c ---- */

/* Exits with a usage message where an option is wrong. The table ends with NULL. */
const peer_role *peer_parse(peer_options *options, int count, char **arguments,
                            const convention *const *table);

/* The direction of memory, and the one of back. */
flow peer_flow(const peer_options *options);
flow peer_back_flow(const peer_options *options);

/* A semaphore, made with the convention's count or with that of a program that is wrong. */
void *peer_semaphore(const flow *f, const char *name, uint32_t initial);

/* A line of standard output, at once. */
void peer_say(const char *format, ...);

/* A step of the convention: a test may kill the peer here, or stop it until a line comes. */
void peer_step(const flow *f, const char *step);

/* Before a message is sent or looked for: false if there are no more. */
bool peer_go_on(flow *f);

/* Until something is there; ends the peer if it is not, and nobody told it to try again. */
void peer_missing(const peer_options *options, const char *name);

/* ---- messages ---- */

/* Copies the message in work. Half of it is there at the step "half". */
void peer_put(const flow *f, uint8_t *to, size_t room);

/* Says that it is sent, and waits as long as a test wants. */
void peer_sent(flow *f);

/* Says what a receiver has copied. event: each is one, also what it has seen before. */
void peer_got(flow *f, const uint8_t *bytes, size_t size, bool event);

/* Copies what is there as an old reader does; the caller frees it. */
uint8_t *peer_take(const flow *f, const uint8_t *from, size_t room, size_t *size);

#ifdef __cplusplus
}
#endif

#endif
