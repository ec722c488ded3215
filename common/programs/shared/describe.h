/* The rest of a frame's description beside size, format and colours, as fields of objects of
 * --json. */
#ifndef APP_DESCRIBE_H
#define APP_DESCRIBE_H

#include <stdbool.h>

#include <frameferry/frame.h>

#include "shared/line.h"

/* Planes, frame rate, pixel aspect, primaries, transfer, chroma site and field order. */
void app_describe_put_shape(app_line *line, const ferry_frame_info *info);

/* The source's number, exposure, and flags. */
void app_describe_put_moment(app_line *line, const ferry_frame_info *info);

/* Whether two descriptions say the same of how pixels are to be read and shown: all but what is
 * another for each frame, as is the length of compressed frames. */
bool app_describe_is_same_shape(const ferry_frame_info *a, const ferry_frame_info *b);

#endif
