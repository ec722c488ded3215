/* What is answered under which path: the table of all. */
#ifndef WEB_ROUTES_H
#define WEB_ROUTES_H

#include "request.h"

/* Answers a request whose header is whole, or begins to. */
enum MHD_Result routes_run(request *r);

#endif
