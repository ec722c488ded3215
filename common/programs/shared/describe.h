/* A frame's description as fields of objects of --json. */
#ifndef APP_DESCRIBE_H
#define APP_DESCRIBE_H

#include <stdbool.h>

#include <frameferry/frame.h>

#include "shared/line.h"

/* The name of a format, or the four characters of its code, which are written into text. */
#define APP_DESCRIBE_FORMAT_BYTES 24
const char *app_describe_format(char text[APP_DESCRIBE_FORMAT_BYTES], uint32_t format);

/* Size, format, stride, bytes, colours, and what app_describe_put_shape puts. */
void app_describe_put_picture(app_line *line, const ferry_frame_info *info);

/* The notes as an object; null where there are none, or the metadata is of another form, which is
 * left to programs that know it. */
void app_describe_put_notes(app_line *line, const ferry_frame_info *info);

/* Names of code points, as FFmpeg has them; NULL: 0, or a number without a name here. */
const char *app_describe_primaries(uint32_t value);
const char *app_describe_transfer(uint32_t value);
const char *app_describe_chroma_site(uint32_t value);
const char *app_describe_field_order(uint32_t value);

/* Planes, frame rate, pixel aspect, primaries, transfer, chroma site and field order. */
void app_describe_put_shape(app_line *line, const ferry_frame_info *info);

/* The source's number, exposure, and flags. */
void app_describe_put_moment(app_line *line, const ferry_frame_info *info);

/* Whether two descriptions say the same of how pixels are to be read and shown: all but what is
 * another for each frame, as is the length of compressed frames. */
bool app_describe_is_same_shape(const ferry_frame_info *a, const ferry_frame_info *b);

#endif
