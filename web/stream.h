/* stream.mjpg: pictures one after the other in one answer, for programs that know nothing else. */
#ifndef WEB_STREAM_H
#define WEB_STREAM_H

#include "request.h"

enum MHD_Result stream_mjpeg(request *r);

#endif
