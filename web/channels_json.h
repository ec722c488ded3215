/* /channels.json: the channels that there are, and which are served. */
#ifndef WEB_CHANNELS_JSON_H
#define WEB_CHANNELS_JSON_H

#include "request.h"

enum MHD_Result channels_json(request *r);

#endif
