/* Frames as programs that read raw pixels expect them: rows and planes without padding. */
#ifndef CONSUMER_PACKED_H
#define CONSUMER_PACKED_H

#include <stddef.h>
#include <stdint.h>

#include <frameferry/frame.h>
#include <frameferry/status.h>

/* Room for what has to be moved. Starts as all zeros. */
typedef struct packer {
    uint8_t *bytes;
    size_t capacity;
} packer;

typedef struct packed_frame {
    const uint8_t *pixels;
    uint32_t bytes;
    uint32_t stride_bytes; /* 0: the format has no name here, and nothing was said */
} packed_frame;

/* Takes the padding out, if there is some. A compressed format, and one without a name, which is
 * unknown here, are passed on unchanged. out is valid until the next call. Returns FERRY_OK,
 * FERRY_NO_MEMORY. */
ferry_status packed_take(packer *p, const ferry_frame_info *info, const uint8_t *pixels,
                         packed_frame *out, ferry_error *error);

/* Makes room for this many bytes. Returns likewise. */
ferry_status packed_reserve(packer *p, size_t bytes, ferry_error *error);

void packed_free(packer *p);

#endif
