/* --matrix and --range, which all programs have: the colour matrix and range of YUV frames that do
 * not say it themselves, or say it wrongly. */
#ifndef APP_YUV_H
#define APP_YUV_H

#include <stdbool.h>
#include <stdint.h>

#include <frameferry/frame.h>

#include "shared/line.h"

typedef struct app_yuv {
    uint32_t matrix; /* a ferry_color_matrix; unspecified: as the frame has it */
    uint32_t range;  /* a ferry_color_range, likewise */
} app_yuv;

/* Each notes an option down. Return APP_EXIT_NONE, or APP_EXIT_USAGE with a message. */
int app_yuv_parse_matrix(app_yuv *yuv, const char *value);
int app_yuv_parse_range(app_yuv *yuv, const char *value);

/* Replaces the matrix and range of a frame by those of the options. For frames that are not YUV,
 * they matter when the frames are converted to YUV. */
void app_yuv_say(const app_yuv *yuv, ferry_frame_info *info);

/* Whether it is a YUV format, for which matrix and range mean something. */
bool app_yuv_is(uint32_t format);

/* The matrix or range that a YUV frame has by its own word, as the options name it. NULL: it says
 * nothing that is known, or is not YUV. */
const char *app_yuv_matrix_name(const ferry_frame_info *info);
const char *app_yuv_range_name(const ferry_frame_info *info);

/* Both of them as fields of an object of --json. */
void app_yuv_put_json(app_line *line, const ferry_frame_info *info);

#endif
