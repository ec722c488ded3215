/* The description of a frame: completed and checked on its way into a slot, checked again on its
 * way out of shared memory. */
#ifndef FERRYI_CHANNEL_INFO_H
#define FERRYI_CHANNEL_INFO_H

#include <string.h>

#include "channel/layout.h"

/* Completes and checks the description of a frame that is to be sent: bit count, stride and length
 * are filled in where they are 0. FERRY_TOO_LARGE when it exceeds capacity_bytes. */
ferry_status ferryi_info_complete(ferry_frame_info *info, uint64_t capacity_bytes,
                                  ferry_error *error);

/* Copies a description; of the metadata only what there is, so that most frames need not carry a
 * kilobyte of zeros. A length that cannot be is copied, and none of its bytes. */
static inline void ferryi_info_copy(ferry_frame_info *out, const ferry_frame_info *info) {
    memcpy(out, info, offsetof(ferry_frame_info, metadata));
    if (info->metadata_bytes != 0 && info->metadata_bytes <= FERRY_METADATA_MAX)
        memcpy(out->metadata, info->metadata, info->metadata_bytes);
}

/* The part of that which looks at what is not the shape: flags, metadata, reserved fields. */
ferry_status ferryi_info_check_rest(const ferry_frame_info *info, ferry_error *error);

/* Takes a private copy of a slot's header and descriptor and checks that they agree with each other
 * and fit the slot. FERRY_MALFORMED otherwise; then out is not to be used. Fields without a known
 * meaning here (an unnamed format, an unknown matrix) are carried. */
ferry_status ferryi_info_read(ferry_frame_info *out, const ferryi_header *header,
                              const ferryi_descriptor *descriptor, uint64_t capacity_bytes);

/* Writes header and descriptor, without the atomics. */
void ferryi_info_write(const ferry_frame_info *info, ferryi_header *header,
                       ferryi_descriptor *descriptor);

/* The same in two parts, for a frame that is shown before it is whole. First the shape: what the
 * header has, and all of ferry_frame_info in front of flags. Then, when it is whole, the rest:
 * flags, times, drops and metadata. A reader of the shape does not touch what is still to be
 * written. */
void ferryi_info_write_shape(const ferry_frame_info *info, ferryi_header *header,
                             ferryi_descriptor *descriptor);
void ferryi_info_write_rest(const ferry_frame_info *info, ferryi_descriptor *descriptor);

/* As ferryi_info_read; leaves the rest of out as it is. */
ferry_status ferryi_info_read_shape(ferry_frame_info *out, const ferryi_header *header,
                                    const ferryi_descriptor *descriptor, uint64_t capacity_bytes);
/* Leaves the shape in out as it is. FERRY_MALFORMED when the metadata has no such length. */
ferry_status ferryi_info_read_rest(ferry_frame_info *out, const ferryi_descriptor *descriptor);

#endif
