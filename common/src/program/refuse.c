#include "refuse.h"

#include <stdarg.h>
#include <stdio.h>

ferry_status ferryi_refuse(ferry_error *error, ferry_status status, const char *format, ...) {
    *error = (ferry_error){.status = status};
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->message, sizeof error->message, format, arguments);
    va_end(arguments);
    return status;
}
