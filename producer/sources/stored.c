#include "sources/stored.h"

#include <frameferry/channel.h>
#include <frameferry/frame.h>

#include "host/inside.h"
#include "shared/bitmap.h"

uint32_t stored_format(const stored_form *form, uint32_t format) {
    if (form->format != 0)
        return form->format;
    if (form->dialect != FERRY_DIALECT_BASEIMAGE || ferry_format_bit_count(format) == 0)
        return format;
    return app_bitmap_format(format);
}

bool stored_as_it_comes(const stored_form *form) {
    return form->format == 0 && form->dialect == FERRY_DIALECT_NATIVE &&
           form->row_align_bytes == 0 && !form->is_bottom_up;
}

static uint32_t align(uint32_t bytes, uint32_t multiple) {
    return multiple == 0 ? bytes : (bytes + multiple - 1) / multiple * multiple;
}

ferry_status stored_describe(const stored_form *form, const ferry_frame_info *picture,
                             ferry_frame_info *stored, ferry_error *error) {
    uint32_t format = stored_format(form, picture->format);
    if (format == picture->format && form->row_align_bytes == 0 && !form->is_bottom_up) {
        *stored = *picture;
        app_yuv_say(&form->yuv, stored);
        return FERRY_OK;
    }
    ferry_layout layout;
    ferry_status status = ferry_layout_compute(&layout, format, picture->width, picture->height, 0);
    if (status == FERRY_OK)
        status = ferry_layout_compute(&layout, format, picture->width, picture->height,
                                      align(layout.planes[0].stride_bytes, form->row_align_bytes));
    if (status == FERRY_NOT_SUPPORTED)
        return ferryi_fail(error, status, 0,
                           "a pixel format without a name cannot be stored with padded rows or "
                           "bottom-up");
    if (status != FERRY_OK)
        return ferryi_fail(error, FERRY_TOO_LARGE, 0, "a picture would take 2 GiB or more");
    if (form->is_bottom_up && layout.plane_count > 1)
        return ferryi_fail(error, FERRY_NOT_SUPPORTED, 0,
                           "--bottom-up needs a pixel format of one plane, and %s has %d: choose "
                           "another one with --format, such as bgr24",
                           ferry_format_name(format), (int)layout.plane_count);
    *stored = *picture;
    stored->format = format;
    stored->bit_count = ferry_format_bit_count(format);
    stored->stride_bytes = layout.planes[0].stride_bytes;
    stored->length_bytes = layout.length_bytes;
    app_yuv_say(&form->yuv, stored);
    return FERRY_OK;
}

stored_rows stored_find_rows(const stored_form *form, const ferry_frame_info *picture,
                             const ferry_frame_info *stored) {
    stored_rows rows = {.first_byte = 0};
    ptrdiff_t stride_bytes = (ptrdiff_t)picture->stride_bytes;
    if (form->is_bottom_up) {
        rows.first_byte = (size_t)(picture->height - 1) * picture->stride_bytes;
        rows.stride_bytes = -stride_bytes;
    } else if (picture->stride_bytes != stored->stride_bytes) {
        rows.stride_bytes = stride_bytes;
    }
    return rows;
}
