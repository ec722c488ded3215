/* Scaling by stb_image_resize. */
#ifndef FERRYI_IMAGE_STB_RESIZE_H
#define FERRYI_IMAGE_STB_RESIZE_H

#include <stdbool.h>

#include "image/sample_rows.h"

/* Makes to, whose size says how large it is to be, from from, which is only read and may change
 * meanwhile. A side that becomes smaller is averaged, and one that becomes larger is interpolated
 * linearly, each by itself. Returns false if memory is out. */
bool ferryi_stb_resize(const ferryi_sample_group *group, const ferryi_sample_rows *from,
                       const ferryi_sample_rows *to);

#endif
