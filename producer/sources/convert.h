/* How pictures are stored: in which pixel format, with how much room between rows, and which row
 * first. Between a source and the channel. Any thread. */
#ifndef PRODUCER_ARRANGE_H
#define PRODUCER_ARRANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <frameferry/frameferry.h>

#include "shared/yuv.h"

typedef struct source source;

typedef struct arrangement {
    uint32_t format;          /* 0: that of the source, or what the dialect's programs expect */
    uint32_t row_align_bytes; /* the stride is a multiple of it, a power of two; 0: no padding */
    bool is_bottom_up;        /* the last row comes first */
    uint32_t dialect;         /* a ferry_dialect */
    app_yuv yuv;              /* what YUV is, or is made to be */
} arrangement;

/* The format in which pictures of a format are stored. Programs that know only BaseImage take a
 * picture for a Windows bitmap, with blue first: unless a format is asked for, they get that. */
uint32_t arrange_format(const arrangement *how, uint32_t format);

/* Describes in *stored how a picture lies in its slot. Returns FERRY_NOT_SUPPORTED (bottom-up with
 * several planes, or a stride for a format without a name), FERRY_TOO_LARGE; the error has a
 * sentence. */
ferry_status arrange_describe(const arrangement *how, const ferry_frame_info *picture,
                              ferry_frame_info *stored, ferry_error *error);

/* For ferry_producer_send: where the rows of a picture begin that has its final format already, and
 * the distance between them; 0: it lies as it will be stored. */
typedef struct arranged_rows {
    size_t first_byte;
    ptrdiff_t stride_bytes;
} arranged_rows;
arranged_rows arrange_rows(const arrangement *how, const ferry_frame_info *picture,
                           const ferry_frame_info *stored);

/* A source with the frames of another one in the format that they are stored in. Takes `from` over,
 * also when there is no memory, and returns NULL then. */
source *arrange_open(source *from, const arrangement *how);

#endif
