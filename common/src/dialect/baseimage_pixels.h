/* The bytes of a frame of the BaseImage kind: copied, and compared with what is there later. */
#ifndef FERRYI_DIALECT_BASEIMAGE_PIXELS_H
#define FERRYI_DIALECT_BASEIMAGE_PIXELS_H

#include <frameferry/frame.h>
#include <stdbool.h>
#include <stdint.h>

#include "platform/shm.h"

/* Where the bytes lie. */
typedef struct ferryi_baseimage_bytes {
    const uint8_t *memory; /* NULL: in the object */
    const ferryi_shm *object;
    uint64_t offset_bytes; /* in the object, where they begin */
} ferryi_baseimage_bytes;

/* A part of an object. Pixels that a sender has never written have no memory, and the mapping is
 * not touched for them: a sender that found no memory may have died half-way. */
ferryi_baseimage_bytes ferryi_baseimage_bytes_in(const ferryi_shm *object, uint64_t offset_bytes,
                                                 uint64_t length_bytes);

/* Copies bytes as they lie. Bytes that a peer has cut off are left out. */
void ferryi_baseimage_bytes_copy(const ferryi_baseimage_bytes *from, uint8_t *out, size_t bytes);

/* Whether a copy is what is still there. */
bool ferryi_baseimage_bytes_are(const ferryi_baseimage_bytes *now, const uint8_t *copy,
                                size_t bytes);

/* The same for the pixels of a frame; turned: the last row comes first there, and the first one in
 * the copy. */
void ferryi_baseimage_pixels_copy(const ferryi_baseimage_bytes *from, const ferry_frame_info *info,
                                  bool turned, uint8_t *out);
bool ferryi_baseimage_pixels_are(const ferryi_baseimage_bytes *now, const ferry_frame_info *info,
                                 bool turned, const uint8_t *copy);

#endif
