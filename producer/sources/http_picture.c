#include "sources/http_picture.h"

#include <string.h>

#include <frameferry/convert.h>
#include <frameferry/image.h>

/* A frame without padding, as all sources have them whose frames become others. */
ferry_status http_picture_pack(const http_answer *answer, ferry_image *from, ferry_image *into,
                               ferry_error *error) {
    ferry_layout plain;
    from->info = answer->info;
    const ferry_frame_info *info = &from->info;
    bool has_rows =
        ferry_layout_compute(&plain, info->format, info->width, info->height, 0) == FERRY_OK;
    if (has_rows && info->stride_bytes == 0 && info->plane_count == 0)
        from->info.stride_bytes = plain.planes[0].stride_bytes;
    if (has_rows && (info->plane_count != 0 || plain.length_bytes != info->length_bytes ||
                     plain.planes[0].stride_bytes != info->stride_bytes))
        return ferry_image_convert(info, from->pixels, info->format, into, error);
    ferry_image taken = *from;
    *from = *into;
    *into = taken;
    return FERRY_OK;
}

/* The picture in a JPEG; what it says of its moment came in headers. */
ferry_status http_picture_unpack(const http_answer *answer, const char *name,
                                 const ferry_image *from, ferry_image *into, ferry_error *error) {
    const ferry_frame_info *told = &answer->info;
    ferry_status status =
        ferry_image_decode(from->pixels, (size_t)answer->body_bytes, name, NULL, into, error);
    if (status != FERRY_OK)
        return status;
    into->info.flags = told->flags & ~(uint32_t)FERRY_FRAME_KEY;
    into->info.exposure_ns = told->exposure_ns;
    into->info.sequence = told->sequence;
    into->info.frame_rate_num = told->frame_rate_num;
    into->info.frame_rate_den = told->frame_rate_den;
    into->info.pixel_aspect_num = told->pixel_aspect_num;
    into->info.pixel_aspect_den = told->pixel_aspect_den;
    into->info.field_order = told->field_order;
    into->info.metadata_bytes = told->metadata_bytes;
    memcpy(into->info.metadata, told->metadata, told->metadata_bytes);
    return FERRY_OK;
}
