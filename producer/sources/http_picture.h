/* Frames that have come over HTTP, as images. Any thread. */
#ifndef PRODUCER_HTTP_PICTURE_H
#define PRODUCER_HTTP_PICTURE_H

#include <frameferry/frame.h>
#include <frameferry/status.h>

#include "sources/http_header.h"

/* Each of these makes a frame from the bytes in `from`, whose headers have been checked; both
 * images are the caller's, and may have changed their pixels. */

/* Of pixels: without padding, as all sources have them whose frames become others. Returns
 * FERRY_NO_MEMORY. */
ferry_status http_picture_pack(const http_answer *answer, ferry_image *from, ferry_image *into,
                               ferry_error *error);

/* Of a JPEG, whose headers have the facts about its moment. name is for messages. Returns as
 * ferry_image_decode. */
ferry_status http_picture_unpack(const http_answer *answer, const char *name,
                                 const ferry_image *from, ferry_image *into, ferry_error *error);

#endif
