/* Memory for pictures.
 *
 * Contract: what ferryi_pixels_new gives can be freed with free and grown with realloc, as the
 * buffers of a ferry_image always could, also by the user. Where the system's free takes such
 * memory, it begins on a line of the cache: a copy of a picture to 16 bytes behind one, where
 * malloc puts large blocks, takes up to a third longer. NULL: out of memory. */
#ifndef FERRYI_PLATFORM_PIXELS_H
#define FERRYI_PLATFORM_PIXELS_H

#include <stddef.h>
#include <stdint.h>

uint8_t *ferryi_pixels_new(size_t bytes); /* at least 1 */

#endif
