/* A frame as a JPEG that a browser shows, with the least work for its format. Any thread. */
#ifndef WEB_PICTURE_RENDER_H
#define WEB_PICTURE_RENDER_H

#include <frameferry/image.h>

#include "picture/window.h"

/* The picture that is wanted. All zeros: the whole picture in usual quality. */
typedef struct render_plan {
    int32_t width;    /* the most that the picture may be wide; 0: as it is. Never made wider */
    uint32_t quality; /* of JPEG, 1 to 100; 0: 90 */
    bool has_low, has_high; /* otherwise the percentiles of the frame */
    double low, high;       /* the window, of formats that one serves */
} render_plan;

/* Memory that stays from call to call. Begins as all zeros; one thread uses it at a time. */
typedef struct render_room {
    ferry_image levels, converted, scaled;
} render_room;

typedef struct render_shown {
    bool has_window;
    window window;
} render_shown;

/* Puts the file into out, which grows as in ferry_image_encode, and what it shows into shown. A
 * frame in mjpeg or jpeg goes as it is unless it is too wide. pixels may lie in shared memory that
 * others change. Returns FERRY_OK; FERRY_NOT_SUPPORTED, FERRY_UNREADABLE, FERRY_INVALID_ARGUMENT
 * and FERRY_NO_MEMORY, with a sentence. */
ferry_status render_jpeg(const ferry_frame_info *info, const uint8_t *pixels,
                         const render_plan *plan, render_room *room, ferry_image_file *out,
                         render_shown *shown, ferry_error *error);

/* The window that a plan gives a frame; the frame's percentiles are counted if they are needed.
 * window_serves says whether there is one. Returns as histogram_make does, and
 * FERRY_INVALID_ARGUMENT for a plan whose low end is not below its high one. */
ferry_status render_find_window(const ferry_frame_info *info, const uint8_t *pixels,
                                const render_plan *plan, window *out, ferry_error *error);

/* Frees the memory. All zeros are accepted. */
void render_free_room(render_room *room);

#endif
