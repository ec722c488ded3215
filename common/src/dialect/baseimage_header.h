/* Headers of frames of the BaseImage kind, which say little and may say anything. */
#ifndef FERRYI_DIALECT_BASEIMAGE_HEADER_H
#define FERRYI_DIALECT_BASEIMAGE_HEADER_H

#include "channel/bare.h"
#include "channel/layout.h"

/* Describes a frame from its header alone. Rows may have no padding, or be padded to 4 bytes as in
 * a device-independent bitmap (BITMAPINFOHEADER in the Win32 manual): the length tells. 8 bits are
 * gray, 16 told->format_16bit, 24 bgr24, 32 bgra, and those of told->format are that. A height
 * below 0 says that the rows come in the other order than they would with one above, which
 * told->bottom_up says. *turned: the last row comes first. room_bytes: from the header to the end
 * of the mapping. FERRY_MALFORMED when the values cannot be. */
ferry_status ferryi_baseimage_describe(ferry_frame_info *out, bool *turned,
                                       const ferryi_header *header, uint64_t room_bytes,
                                       const ferryi_bare_told *told);

/* Says what was refused on a channel, and which option would take it. FERRY_MALFORMED. */
ferry_status ferryi_baseimage_explain(const ferryi_bare_refused *refused,
                                      const ferryi_bare_told *told, const char *channel,
                                      ferry_error *error);

#endif
