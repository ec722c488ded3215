#include "image/average.h"

#include <stdlib.h>
#include <string.h>

enum { SAMPLES_MAX = 65536 }; /* of 16 bits, whose sum has 32 */

bool ferryi_average_serves(const ferryi_sample_group *group, const ferryi_sample_rows *from,
                           const ferryi_sample_rows *to) {
    return group->sample != FERRYI_SAMPLE_FLOAT && group->alpha < 0 &&
           from->width % to->width == 0 && from->height % to->height == 0 &&
           (int64_t)(from->width / to->width) * (from->height / to->height) <= SAMPLES_MAX;
}

/* ---- sums of a column ---- */

static void add_bytes(const uint8_t *restrict in, uint32_t *restrict sums, size_t count) {
    for (size_t i = 0; i < count; i++)
        sums[i] += in[i];
}

static void add_words(const uint16_t *restrict in, uint32_t *restrict sums, size_t count) {
    for (size_t i = 0; i < count; i++)
        sums[i] += in[i];
}

/* ---- means of a rectangle ---- */

/* Sums of a group's neighbors, in the place of the first ones. Inline, for a loop of each size of
 * group. */
static inline void gather(uint32_t *sums, size_t groups, size_t across, size_t size) {
    for (size_t x = 0; x < groups; x++)
        for (size_t i = 0; i < size; i++) {
            const uint32_t *from = sums + x * across * size + i;
            uint32_t sum = 0;
            for (size_t k = 0; k < across; k++)
                sum += from[k * size];
            sums[x * size + i] = sum;
        }
}

static void gather_groups(uint32_t *sums, size_t groups, size_t across, int size) {
    switch (size) {
    case 1: gather(sums, groups, across, 1); break;
    case 2: gather(sums, groups, across, 2); break;
    case 3: gather(sums, groups, across, 3); break;
    default: gather(sums, groups, across, 4); break;
    }
}

static void divide(const uint32_t *sums, size_t count, uint32_t area, ferryi_sample sample,
                   uint8_t *out) {
    const uint64_t half = area / 2;
    if (sample == FERRYI_SAMPLE_BYTE)
        for (size_t i = 0; i < count; i++)
            out[i] = (uint8_t)((sums[i] + half) / area);
    else
        for (size_t i = 0; i < count; i++)
            ((uint16_t *)(void *)out)[i] = (uint16_t)((sums[i] + half) / area);
}

bool ferryi_average(const ferryi_sample_group *group, const ferryi_sample_rows *from,
                    const ferryi_sample_rows *to) {
    const size_t across = (size_t)(from->width / to->width);
    const size_t down = (size_t)(from->height / to->height);
    const size_t in_row = (size_t)from->width * (size_t)group->count;
    uint32_t *sums = malloc(in_row * sizeof *sums);
    if (sums == NULL)
        return false;
    const uint8_t *in = from->first;
    for (size_t y = 0; y < (size_t)to->height; y++) {
        memset(sums, 0, in_row * sizeof *sums);
        for (size_t k = 0; k < down; k++, in += from->stride_bytes)
            if (group->sample == FERRYI_SAMPLE_BYTE)
                add_bytes(in, sums, in_row);
            else
                add_words((const uint16_t *)(const void *)in, sums, in_row);
        gather_groups(sums, (size_t)to->width, across, group->count);
        divide(sums, (size_t)to->width * (size_t)group->count, (uint32_t)(across * down),
               group->sample, to->first + y * (size_t)to->stride_bytes);
    }
    free(sums);
    return true;
}
