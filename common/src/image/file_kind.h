/* The kinds of files that frames are written to. */
#ifndef FERRYI_IMAGE_FILE_KIND_H
#define FERRYI_IMAGE_FILE_KIND_H

#include "image/encode.h"

#include <stdbool.h>

typedef struct ferryi_file_kind {
    const char *ending;                                        /* with its dot */
    ferryi_encoder_wish (*wish)(const ferry_frame_info *info); /* of such a frame */
    int32_t side_max;
    int64_t (*file_bytes)(int32_t width, int32_t height, uint32_t format); /* or NULL */
    ferryi_encode *encode;
} ferryi_file_kind;

/* The kind that the ending of a name stands for, or NULL. A frame of this format is written: .txt
 * is for texts alone. */
const ferryi_file_kind *ferryi_file_kind_of(const char *name, uint32_t format);

/* Whether files of a kind have the bytes of a frame as they are. */
bool ferryi_file_kind_is_bare(const ferryi_file_kind *kind);

/* Whether a frame that is a JPEG already is such a file. */
bool ferryi_file_kind_is_jpeg(const ferryi_file_kind *kind);

/* The encoder of bare files. */
ferry_status ferryi_encode_bare(ferryi_writer *writer, const ferryi_view *view);

#endif
