/* BaseImage: one picture at the start of a mapping, with a header of 16 bytes and an auto-reset
 * event. */
#ifndef FERRYI_DIALECT_BASEIMAGE_H
#define FERRYI_DIALECT_BASEIMAGE_H

#include "channel/dialect.h"
#include "channel/layout.h"

extern const ferryi_dialect ferryi_dialect_baseimage;

/* Describes a frame from its header alone. Rows may have no padding, or be padded to 4 bytes as in
 * a device-independent bitmap (BITMAPINFOHEADER in the Win32 manual): the length tells. 8 bits are
 * gray, 16 format_16bit, 24 bgr24, 32 bgra. FERRY_MALFORMED when the values cannot be. */
ferry_status ferryi_baseimage_describe(ferry_frame_info *out, const ferryi_header *header,
                                       uint64_t mapping_bytes, uint32_t format_16bit);

#endif
