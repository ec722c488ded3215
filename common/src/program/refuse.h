/* Filling ferry_error in a program, as the library does for itself. */
#ifndef FERRYI_REFUSE_H
#define FERRYI_REFUSE_H

#include <frameferry/status.h>

#include "format.h"

/* Fills error with a sentence in printf's manner, cut off where it is too long, and returns status,
 * so that a failure is one statement. Control characters are for the caller to keep out. */
ferry_status ferryi_refuse(ferry_error *error, ferry_status status, const char *format, ...)
    FERRYI_FORMAT(3, 4);

#endif
