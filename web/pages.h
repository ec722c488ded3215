/* The files of the page, which are part of the program. */
#ifndef WEB_PAGES_H
#define WEB_PAGES_H

#include "request.h"

/* Answers with the file of that name below web/page. */
enum MHD_Result pages_send(request *r, const char *name);

#endif
