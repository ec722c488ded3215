#include "sources/convert.h"

#include <stdio.h>
#include <stdlib.h>

#include <frameferry/channel.h>
#include <frameferry/convert.h>
#include <frameferry/frame.h>
#include <frameferry/image.h>

#include "shared/message.h"
#include "sources/source.h"

typedef struct converter {
    source base;
    source *from;
    arrangement how;
    ferry_image picture; /* what becomes a frame in another format */
} converter;

static bool is_color(uint32_t format) {
    return format != FERRY_FORMAT_GRAY && format != FERRY_FORMAT_GRAY16LE;
}

uint32_t arrange_format(const arrangement *how, uint32_t format) {
    if (how->format != 0)
        return how->format;
    if (how->dialect != FERRY_DIALECT_BASEIMAGE || ferry_format_name(format) == NULL ||
        !is_color(format) || format == FERRY_FORMAT_BGRA)
        return format;
    return format == FERRY_FORMAT_RGBA ? FERRY_FORMAT_BGRA : FERRY_FORMAT_BGR24;
}

static ferry_status refuse(ferry_error *error, ferry_status status, const char *sentence) {
    *error = (ferry_error){.status = status};
    snprintf(error->message, sizeof error->message, "%s", sentence);
    return status;
}

static uint32_t align(uint32_t bytes, uint32_t multiple) {
    return multiple == 0 ? bytes : (bytes + multiple - 1) / multiple * multiple;
}

ferry_status arrange_describe(const arrangement *how, const ferry_frame_info *picture,
                              ferry_frame_info *stored, ferry_error *error) {
    uint32_t format = arrange_format(how, picture->format);
    if (format == picture->format && how->row_align_bytes == 0 && !how->is_bottom_up) {
        *stored = *picture;
        app_yuv_say(&how->yuv, stored);
        return FERRY_OK;
    }
    ferry_layout layout;
    ferry_status status = ferry_layout_compute(&layout, format, picture->width, picture->height, 0);
    if (status == FERRY_OK)
        status = ferry_layout_compute(&layout, format, picture->width, picture->height,
                                      align(layout.planes[0].stride_bytes, how->row_align_bytes));
    if (status == FERRY_NOT_SUPPORTED)
        return refuse(error, status,
                      "the rows of a pixel format without a name cannot be arranged");
    if (status != FERRY_OK)
        return refuse(error, FERRY_TOO_LARGE, "a picture would take 2 GiB or more");
    if (how->is_bottom_up && layout.plane_count > 1) {
        *error = (ferry_error){.status = FERRY_NOT_SUPPORTED};
        snprintf(error->message, sizeof error->message,
                 "--bottom-up needs a pixel format of one plane, and %s has %d: choose another one "
                 "with --format, such as bgr24",
                 ferry_format_name(format), (int)layout.plane_count);
        return error->status;
    }
    *stored = *picture;
    stored->format = format;
    stored->bit_count = ferry_format_bit_count(format);
    stored->stride_bytes = layout.planes[0].stride_bytes;
    stored->length_bytes = layout.length_bytes;
    app_yuv_say(&how->yuv, stored);
    return FERRY_OK;
}

arranged_rows arrange_rows(const arrangement *how, const ferry_frame_info *picture,
                           const ferry_frame_info *stored) {
    arranged_rows rows = {.first_byte = 0};
    ptrdiff_t stride_bytes = (ptrdiff_t)picture->stride_bytes;
    if (how->is_bottom_up) {
        rows.first_byte = (size_t)(picture->height - 1) * picture->stride_bytes;
        rows.stride_bytes = -stride_bytes;
    } else if (picture->stride_bytes != stored->stride_bytes) {
        rows.stride_bytes = stride_bytes;
    }
    return rows;
}

static bool fetch(converter *c, ferry_image *into) {
    if (!c->from->next(c->from, into))
        return false;
    if (c->from->draw == NULL)
        return true;
    if (!source_reserve(into, into->info.length_bytes)) {
        app_message_fail("out of memory");
        c->base.is_broken = true;
        return false;
    }
    c->from->draw(c->from, into->pixels);
    return true;
}

static bool converter_next(source *self, ferry_image *into) {
    converter *c = (converter *)self;
    bool fetched = fetch(c, into);
    c->base.is_broken = c->base.is_broken || c->from->is_broken;
    uint32_t format = arrange_format(&c->how, into->info.format);
    if (!fetched || format == into->info.format)
        return fetched;
    ferry_error error;
    app_yuv_say(&c->how.yuv, &into->info);
    if (ferry_image_convert(&into->info, into->pixels, format, &c->picture, &error) != FERRY_OK) {
        app_message_fail("%s", error.message);
        c->base.is_broken = true;
        return false;
    }
    ferry_image converted = c->picture;
    c->picture = *into;
    *into = converted;
    return true;
}

static void converter_interrupt(source *self) {
    const converter *c = (const converter *)self;
    if (c->from->interrupt != NULL)
        c->from->interrupt(c->from);
}

static void converter_close(source *self) {
    converter *c = (converter *)self;
    c->from->close(c->from);
    ferry_image_free(&c->picture);
    free(c);
}

source *arrange_open(source *from, const arrangement *how) {
    converter *c = calloc(1, sizeof *c);
    if (c == NULL) {
        from->close(from);
        return NULL;
    }
    c->base = source_like(from);
    c->base.next = converter_next;
    c->base.interrupt = converter_interrupt;
    c->base.close = converter_close;
    c->from = from;
    c->how = *how;
    return &c->base;
}
