/* Headers of answers. */
#ifndef WEB_HEADERS_H
#define WEB_HEADERS_H

#include <stdint.h>

#include "frame.h"
#include "host/inside.h"

struct MHD_Response;

/* Adds one, in printf's manner. */
void header_add(struct MHD_Response *response, const char *name, const char *format, ...)
    FERRYI_PRINTF(3, 4);

/* Calls add for each header that describes a frame. */
void headers_visit_frame(const frame *f, uint64_t skipped,
                         void (*add)(void *argument, const char *name, const char *value),
                         void *argument);

/* Adds all that describes a frame. */
void headers_add_frame(struct MHD_Response *response, const frame *f, uint64_t skipped);

#endif
