/* The remains of a channel, seen from outside: which of them the undertaker's rules allow to be
 * removed, and why the others stay. Nothing is taken, written or removed. */
#ifndef FERRYI_CHANNEL_REMAINS_H
#define FERRYI_CHANNEL_REMAINS_H

#include <stdbool.h>

#include "channel/object_names.h"

typedef struct ferryi_remains {
    bool has_producer;   /* one lives, as the lease on either object says */
    ferry_status frames; /* of opening and reading that object: FERRY_NO_PRODUCER: there is none */
    ferry_status consumers;
    ferry_status unusable; /* a failure that says nothing about the channel; else FERRY_OK */
    bool is_dialects;      /* the frames object is of a dialect, */
    bool is_borrowed;      /* and another program made it */
    bool has_event;        /* of a producer of ours, which outlives its users */
    uint64_t frames_bytes, consumers_bytes; /* of memory */
    uint32_t attached;                      /* live consumers */
} ferryi_remains;

/* Looks at both objects and what lies beside them. In a dialect, where an object counts as used
 * while it is open, that is for microseconds. error: the sentence of what cannot be opened or read,
 * frames first. */
void ferryi_remains_look(ferryi_remains *out, const ferryi_names *names, ferry_error *error);

/* The ferry_name_bits of all that is there. */
uint32_t ferryi_remains_names(const ferryi_names *names);

#endif
