/* Scaling by whole numbers: each sample is the mean of a rectangle of samples. */
#ifndef FERRYI_IMAGE_AVERAGE_H
#define FERRYI_IMAGE_AVERAGE_H

#include <stdbool.h>

#include "image/sample_rows.h"

/* Whether to is from divided by a whole number in each direction, of samples that are whole numbers
 * and weigh alike. */
bool ferryi_average_serves(const ferryi_sample_group *group, const ferryi_sample_rows *from,
                           const ferryi_sample_rows *to);

/* As ferryi_stb_resize, which gives the same several times as slowly. */
bool ferryi_average(const ferryi_sample_group *group, const ferryi_sample_rows *from,
                    const ferryi_sample_rows *to);

#endif
