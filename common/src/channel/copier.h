/* Copying frame after frame, in the way that has turned out to be quicker: through the cache or
 * past it.
 *
 * No size tells which way is quicker. It depends on how much of the shared cache neighbours leave,
 * which changes, and on the way that the other side copies. So a copier measures: after the first
 * frames of a size, and then now and then, it copies a few frames in each way, and goes on with the
 * better one (docs/decisions/0054). */
#ifndef FERRYI_CHANNEL_COPIER_H
#define FERRYI_CHANNEL_COPIER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Frames of one comparison: half in either way. */
enum { FERRYI_COPIER_FRAMES = 22 };

/* The time that frames took, and the two that took longest, which may have been interrupted. */
typedef struct ferryi_tally {
    uint64_t sum_ns, longest_ns, second_ns;
} ferryi_tally;

/* Of the frames that were copied in one way. */
typedef struct ferryi_pace {
    ferryi_tally period; /* from the begin of one copy to the begin of the next */
    ferryi_tally own;    /* the copy alone */
} ferryi_pace;

/* All zeros, but for what follows, is a copier that has copied nothing. One thread at a time. */
typedef struct ferryi_copier {
    uint32_t delay; /* more frames of a size before the first comparison: the other side's first */

    size_t bytes; /* of the last frame */
    bool through_cache;
    uint32_t rest;      /* frames until the next comparison */
    uint32_t last_rest; /* as it was when it began */
    uint32_t compared;  /* frames of this comparison */
    ferryi_pace usual, other;
    uint64_t begun_ns; /* the last copy */
} ferryi_copier;

/* Does what ferryi_copy does. */
void ferryi_copier_copy(ferryi_copier *copier, void *to, const void *from, size_t bytes);

#endif
