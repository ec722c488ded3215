/* Clearing away what dead producers have left: for tools, and for programs that know that a channel
 * will have no other producer.
 *
 * A producer that is killed leaves names and memory in /dev/shm. The next producer of that name
 * clears them away, as does any consumer that leaves; this call is for the case that neither comes.
 * It goes by the same rules. A name is removed only while this process holds a lease on the very
 * object that has it, and after it has seen that no producer holds the producer's: a live producer
 * keeps its names, also one that is just starting or taking the channel over. An object that is no
 * channel is left alone. On Windows names go with the last process that has the object open, so
 * that there is hardly ever something to do.
 *
 * Every call may be made from any thread, and keeps nothing. Source: the undertaker in
 * docs/design.md. */
#ifndef FRAMEFERRY_BURY_H
#define FRAMEFERRY_BURY_H

#include <stdint.h>

#include "channel.h"
#include "producer.h"
#include "status.h"
#include "version.h"

FERRY_BEGIN_DECLS

/* Flags of ferry_channel_bury. */
typedef enum ferry_bury_flag {
    FERRY_BURY_DRY_RUN = 1 /* only say what would be removed: takes no lease, changes nothing */
} ferry_bury_flag;

/* All of it is about names: memory stays with the processes that have it mapped. */
typedef struct ferry_bury_report {
    uint32_t removed; /* bits of ferry_name_bit: the names that were removed, or would be */
    uint32_t left;    /* those that something has afterwards; it may be another channel's by then */
    uint32_t if_unused; /* dry run: those of removed that stay if a process uses what has them,
                           which only an attempt tells: the names of the dialect */
    uint32_t consumers; /* live consumers of the dead producer, which have its memory mapped */
    /* The memory of the objects whose names are in removed. It comes back at once if no process has
     * them mapped, and otherwise when the last of those ends: the consumers above, and programs
     * that know only the layout, which nobody counts. */
    uint64_t memory_bytes;
    uint64_t reserved[5];
} ferry_bury_report;

/* Removes the names of a channel whose producer is dead or has ended and gone: frames, consumers
 * object, and in the dialect the event; also when only one of them is left. flags is 0 or
 * FERRY_BURY_DRY_RUN. out may be NULL. name NULL: FERRY_DEFAULT_NAME. Takes up to a tenth of a
 * second, where another process is clearing the same channel away or uses it.
 *
 * Returns FERRY_OK: all was removed, or would be. FERRY_NO_PRODUCER: nothing has the name, or
 * another process was quicker. The rest say why something stays; out says what was removed all the
 * same, and is all zeros but for consumers and left where nothing was. FERRY_BUSY: a producer
 * lives, and be it one that has ended its stream and has its handle still open; or another process
 * did not come to an end with clearing the channel away. FERRY_FOREIGN: it is not a channel, or a
 * program that knows only the layout made the object or still uses it. FERRY_NOT_ALLOWED: it is
 * another user's, who alone removes it, or root as that user. FERRY_WRONG_VERSION: it is a channel
 * of another layout version, which is left to programs of that version. FERRY_NOT_SUPPORTED: this
 * system cannot tell whether a producer lives. FERRY_INVALID_ARGUMENT, FERRY_BAD_NAME,
 * FERRY_NO_MEMORY, FERRY_SYSTEM_ERROR. */
FERRY_API ferry_status ferry_channel_bury(const char *name, uint32_t flags, ferry_bury_report *out,
                                          ferry_error *error);

FERRY_END_DECLS

#endif
