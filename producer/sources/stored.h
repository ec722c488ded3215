/* The form in which pictures are stored in a slot: pixel format, padding between rows, and which
 * row comes first. Any thread. */
#ifndef PRODUCER_STORED_H
#define PRODUCER_STORED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <frameferry/frameferry.h>

#include "shared/yuv.h"

typedef struct stored_form {
    uint32_t format;          /* 0: that of the source, or what the dialect's programs expect */
    uint32_t row_align_bytes; /* the stride is a multiple of it, a power of two; 0: no padding */
    bool is_bottom_up;        /* the last row comes first */
    uint32_t dialect;         /* a ferry_dialect */
    app_yuv yuv;              /* what YUV is, or becomes */
} stored_form;

/* The format in which pictures of a format are stored. Programs that know only BaseImage read a
 * picture as a Windows bitmap, with blue first, and get that unless a format is asked for. */
uint32_t stored_format(const stored_form *form, uint32_t format);

/* Whether pictures of every format are stored without a change. */
bool stored_as_it_comes(const stored_form *form);

/* Describes in *stored how a picture lies in its slot. Returns FERRY_NOT_SUPPORTED (bottom-up with
 * several planes, or a stride for a format without a name) or FERRY_TOO_LARGE, with a sentence. */
ferry_status stored_describe(const stored_form *form, const ferry_frame_info *picture,
                             ferry_frame_info *stored, ferry_error *error);

/* For ferry_producer_send: the first byte of a picture that already has its final format, and the
 * distance between its rows; 0: the picture lies as it will be stored. */
typedef struct stored_rows {
    size_t first_byte;
    ptrdiff_t stride_bytes;
} stored_rows;
stored_rows stored_find_rows(const stored_form *form, const ferry_frame_info *picture,
                             const ferry_frame_info *stored);

#endif
