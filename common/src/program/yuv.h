/* --matrix and --range, which both programs have: what the numbers of YUV frames mean, for frames
 * that do not say it themselves, or say it wrongly. */
#ifndef FERRYI_YUV_H
#define FERRYI_YUV_H

#include <stdint.h>

#include <frameferry/frame.h>

typedef struct ferryi_yuv {
    uint32_t matrix; /* a ferry_color_matrix; unspecified: as the frame has it */
    uint32_t range;  /* a ferry_color_range, likewise */
} ferryi_yuv;

/* Each notes an option down. Return FERRYI_ARGUMENTS_RUN, or FERRYI_EXIT_USAGE with a message. */
int ferryi_yuv_parse_matrix(ferryi_yuv *yuv, const char *value);
int ferryi_yuv_parse_range(ferryi_yuv *yuv, const char *value);

/* Puts what was said in the place of what the frame says. Frames that are not YUV have no use for
 * it until they become that. */
void ferryi_yuv_say(const ferryi_yuv *yuv, ferry_frame_info *info);

#endif
