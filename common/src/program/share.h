/* --group[=NAME] and --everyone, which both programs have: with whom a channel is shared. */
#ifndef FERRYI_SHARE_H
#define FERRYI_SHARE_H

#include <stdbool.h>
#include <stdint.h>

typedef struct ferryi_share {
    uint32_t with;     /* a ferry_sharing */
    const char *group; /* NULL: none is named; of the argument list */
} ferryi_share;

/* Each notes an option down. Return FERRYI_ARGUMENTS_RUN, or FERRYI_EXIT_USAGE with a message. */
int ferryi_share_with_group(ferryi_share *share, const char *group);
int ferryi_share_with_everyone(ferryi_share *share);

/* Whether a word that stands by itself may have been meant for the group: --group takes it only
 * with a '='. */
bool ferryi_share_may_mean(const ferryi_share *share, const char *word);

/* Says, where shared memory is known to be another than that of the machine's other programs, that
 * the other side (producers, or consumers) is not met outside of it. Returns whether it is. */
bool ferryi_share_tell_own_memory(const char *other_side);

/* Warns of --everyone, whenever it is used; consequence says what may happen to this program. */
void ferryi_share_warn(const ferryi_share *share, const char *consequence);

#endif
