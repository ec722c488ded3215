/* The table of all paths, and of the answers to them. */
#ifndef WEB_ROUTES_H
#define WEB_ROUTES_H

#include "request.h"

/* Answers a request whose header is whole, or begins to. */
enum MHD_Result routes_run(request *r);

#endif
