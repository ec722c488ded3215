/* Makes one thing of a frame's pixels, in the thread that calls. Knows nothing of who wants it. */
#ifndef WEB_MAKING_H
#define WEB_MAKING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <frameferry/frame.h>
#include <frameferry/status.h>

#include "picture/render.h"

typedef enum making_kind { MAKING_JPEG, MAKING_PNG, MAKING_HISTOGRAM } making_kind;

/* The encoding that is wanted. Starts as all zeros. */
typedef struct making_plan {
    making_kind kind;
    unsigned quality;       /* of JPEG, 1 to 100 */
    unsigned width;         /* the most that the picture may have; 0: as it is */
    unsigned bins;          /* of a histogram */
    bool has_low, has_high; /* else the frame's own percentiles */
    double low, high;       /* the window, of formats with more than 8 bits */
} making_plan;

/* The frame that it is made of. pixels may lie in shared memory that others change. */
typedef struct making_subject {
    const ferry_frame_info *info;
    uint64_t generation;
    const uint8_t *pixels;
} making_subject;

/* Starts as all zeros. One thread uses it, for one thing after the other. */
typedef struct making {
    render_room room; /* memory that stays from one to the next */
    ferry_status status;
    ferry_error error;
    unsigned char *bytes; /* malloc'ed */
    size_t length_bytes;
    bool has_window;
    double low, high;
} making;

/* Makes it, in the place of what was made before. */
void making_run(making *m, const making_plan *plan, const making_subject *subject);

/* Frees all memory, and leaves the rest as it is. */
void making_free(making *m);

#endif
