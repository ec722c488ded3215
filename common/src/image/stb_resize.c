/* The one place where stb_image_resize is compiled, in its first or second version. All its
 * functions are static, and none is exported. Assertions would end the process. */
#include "image/stb_resize.h"

#include <stdlib.h>

#define STBIR_ASSERT(condition) ((void)0)
#define STB_IMAGE_RESIZE_STATIC
#define STB_IMAGE_RESIZE_IMPLEMENTATION
#ifdef FERRY_STB_RESIZE2
#include <stb_image_resize2.h>
#else
#include <stb_image_resize.h>
#endif

/* Box averages what falls into a pixel. Triangle never goes beyond the values that it is between.
 */
static stbir_filter filter_of(int32_t from, int32_t to) {
    return to < from ? STBIR_FILTER_BOX : STBIR_FILTER_TRIANGLE;
}

static stbir_datatype type_of(ferryi_stb_sample sample) {
    switch (sample) {
    case FERRYI_STB_BYTE: return STBIR_TYPE_UINT8;
    case FERRYI_STB_WORD: return STBIR_TYPE_UINT16;
    default: return STBIR_TYPE_FLOAT;
    }
}

#ifdef FERRY_STB_RESIZE2

static stbir_pixel_layout layout_of(const ferryi_stb_group *group) {
    switch (group->count) {
    case 1: return STBIR_1CHANNEL;
    case 2: return STBIR_2CHANNEL;
    case 3: return STBIR_RGB;
    default: break;
    }
    if (group->alpha < 0)
        return STBIR_4CHANNEL;
    return group->alpha == 0 ? STBIR_ARGB : STBIR_RGBA;
}

bool ferryi_stb_resize(const ferryi_stb_group *group, const ferryi_stb_rows *from,
                       const ferryi_stb_rows *to) {
    STBIR_RESIZE resize;
    stbir_resize_init(&resize, from->first, from->width, from->height, from->stride_bytes,
                      to->first, to->width, to->height, to->stride_bytes, layout_of(group),
                      type_of(group->sample));
    stbir_set_edgemodes(&resize, STBIR_EDGE_CLAMP, STBIR_EDGE_CLAMP);
    stbir_set_filters(&resize, filter_of(from->width, to->width),
                      filter_of(from->height, to->height));
    return stbir_resize_extended(&resize) != 0;
}

#else

bool ferryi_stb_resize(const ferryi_stb_group *group, const ferryi_stb_rows *from,
                       const ferryi_stb_rows *to) {
    return stbir_resize(from->first, from->width, from->height, from->stride_bytes, to->first,
                        to->width, to->height, to->stride_bytes, type_of(group->sample),
                        group->count, group->alpha, 0, STBIR_EDGE_CLAMP, STBIR_EDGE_CLAMP,
                        filter_of(from->width, to->width), filter_of(from->height, to->height),
                        STBIR_COLORSPACE_LINEAR, NULL) != 0;
}

#endif
