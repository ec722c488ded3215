/* A frame, ready for the encoder that makes a file of it. */
#ifndef FERRYI_IMAGE_FRAME_FILE_H
#define FERRYI_IMAGE_FRAME_FILE_H

#include "image/file_kind.h"

typedef struct ferryi_frame_file {
    const char *path; /* of the file, or its name, for messages */
    const ferryi_file_kind *kind;
    ferryi_encode *encode; /* the kind's, unless the frame is such a file already */
    ferryi_view view;
    ferry_image made; /* holds the pixels of the view, if they are not those of the frame */
} ferryi_frame_file;

/* Begins a file that is called path: finds its kind, and makes of the frame what its encoder takes.
 * info and pixels stay the caller's, and have to stay where they are. Everything that can be known
 * to go wrong is ruled out here, before a file is made. Ends with ferryi_frame_file_end, also after
 * a failure. */
ferry_status ferryi_frame_file_begin(ferryi_frame_file *out, const char *path,
                                     const ferry_frame_info *info, const uint8_t *pixels,
                                     uint32_t jpeg_quality, ferry_error *error);

/* Writes the file. */
ferry_status ferryi_frame_file_write(const ferryi_frame_file *file, ferryi_writer *writer,
                                     ferry_error *error);

void ferryi_frame_file_end(ferryi_frame_file *file);

#endif
