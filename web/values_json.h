/* /CH/pixels: the values of a few pixels. */
#ifndef WEB_VALUES_JSON_H
#define WEB_VALUES_JSON_H

#include "request.h"

enum MHD_Result values_json(request *r);

#endif
