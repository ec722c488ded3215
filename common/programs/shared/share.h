/* --group[=NAME] and --everyone, which both programs have: with whom a channel is shared. */
#ifndef APP_SHARE_H
#define APP_SHARE_H

#include <stdbool.h>
#include <stdint.h>

typedef struct app_share {
    uint32_t with;     /* a ferry_sharing */
    const char *group; /* NULL: none is named; of the argument list */
} app_share;

/* Each notes an option down. Return APP_EXIT_NONE, or APP_EXIT_USAGE with a message. */
int app_share_with_group(app_share *share, const char *group);
int app_share_with_everyone(app_share *share);

/* Whether a word that stands by itself may have been meant for the group: --group takes it only
 * with a '='. */
bool app_share_may_mean(const app_share *share, const char *word);

/* Says, where shared memory is known to be another than that of the machine's other programs, that
 * the other side (producers, or consumers) is not met outside of it. Returns whether it is. */
bool app_share_tell_own_memory(const char *other_side);

/* Warns of --everyone, whenever it is used; consequence says what may happen to this program. */
void app_share_warn(const app_share *share, const char *consequence);

#endif
