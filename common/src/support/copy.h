/* Copying the pixels of a whole frame. */
#ifndef FERRYI_SUPPORT_COPY_H
#define FERRYI_SUPPORT_COPY_H

#include <stddef.h>

/* From so many bytes on a copy goes past the cache: neither it nor what it would push out is found
 * there anyway when a channel's slots and the pictures on both sides have this size. Between the
 * picture sizes that are in use; docs/performance.md has figures. */
#define FERRYI_LARGE_COPY_BYTES 6000000u

/* As memcpy, in the way that is quickest for so many bytes. */
void ferryi_copy(void *to, const void *from, size_t bytes);

/* As memcpy, but writes past the cache where the processor can. Stores of that kind are ordered
 * neither by a release before them nor by one after them (x86: Intel's manual, volume 1,
 * "Non-Temporal Data"), so that there is a fence on either side: what is stored before is seen
 * before the pixels (F1), and what is published after them is published whole (H1). */
void ferryi_copy_past_cache(void *to, const void *from, size_t bytes);

#endif
