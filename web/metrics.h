/* /metrics: figures in the text format of Prometheus. */
#ifndef WEB_METRICS_H
#define WEB_METRICS_H

#include "request.h"

enum MHD_Result metrics_send(request *r);

#endif
