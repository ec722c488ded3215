/* Answers about one frame: a picture of it, its pixels. */
#ifndef WEB_PULL_H
#define WEB_PULL_H

#include "request.h"

/* The parameters that choose the frame of a request. */
#define PULL_WAITING                                                                               \
    (PARAMETER_BIT(PARAMETER_AFTER) | PARAMETER_BIT(PARAMETER_GENERATION) |                        \
     PARAMETER_BIT(PARAMETER_WAIT) | PARAMETER_BIT(PARAMETER_FRAME))

/* Gets the frame that the parameters want into r->frame, or answers that there is none; then goes
 * on with step. */
enum MHD_Result pull_frame(request *r, request_step step);

enum MHD_Result pull_jpeg(request *r);
enum MHD_Result pull_png(request *r);
enum MHD_Result pull_histogram(request *r);
enum MHD_Result pull_raw(request *r);

/* Reads the parameters of a JPEG. False: lo and hi do not go together, which has been answered with
 * *result. */
bool pull_plan_jpeg(request *r, making_plan *plan, enum MHD_Result *result);

#endif
