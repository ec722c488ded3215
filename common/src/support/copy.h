/* Copying the pixels of a whole frame. */
#ifndef FERRYI_SUPPORT_COPY_H
#define FERRYI_SUPPORT_COPY_H

#include <stddef.h>

/* From this size on a copy may be quicker past the cache, and goes there unless it has turned out
 * otherwise (channel/copier.h). Between the picture sizes that are in use; docs/performance.md has
 * figures.
 */
#define FERRYI_LARGE_COPY_BYTES 6000000u

/* Does what memcpy does, in the way that is mostly quickest for this size. */
void ferryi_copy(void *to, const void *from, size_t bytes);

/* Is memcpy. */
void ferryi_copy_through_cache(void *to, const void *from, size_t bytes);

/* Does what memcpy does, but writes past the cache where the processor can. Stores of that kind are
 * ordered neither by a release before them nor by one after them (x86: Intel's manual, volume 1,
 * "Non-Temporal Data"), so that there is a fence on either side: stores
 * before them are seen before the pixels (F1), and a frame published after them is whole (H1). */
void ferryi_copy_past_cache(void *to, const void *from, size_t bytes);

#endif
