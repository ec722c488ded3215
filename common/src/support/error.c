#include "support/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void fill(ferry_error *error, ferry_status status, int32_t os_code, const char *format,
                 va_list arguments) {
    error->status = status;
    error->os_code = os_code;
    vsnprintf(error->message, sizeof error->message, format, arguments);
    for (char *c = error->message; *c != '\0'; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            *c = '?';
}

ferry_status ferryi_fail(ferry_error *error, ferry_status status, int32_t os_code,
                         const char *format, ...) {
    if (error == NULL)
        return status;
    va_list arguments;
    va_start(arguments, format);
    fill(error, status, os_code, format, arguments);
    va_end(arguments);
    return status;
}

ferry_status ferryi_error_status(int code) {
    switch (code) {
    case EACCES:
    case EPERM: return FERRY_NOT_ALLOWED;
    case ENOMEM: return FERRY_NO_MEMORY;
    case ENOSPC: return FERRY_NO_SPACE;
#ifdef EDQUOT /* which C libraries of systems without quotas do not have */
    case EDQUOT: return FERRY_NO_SPACE;
#endif
    default: return FERRY_SYSTEM_ERROR;
    }
}

ferry_status ferryi_fail_errno(ferry_error *error, int code, const char *format, ...) {
    ferry_status status = ferryi_error_status(code);
    if (error == NULL)
        return status;
    va_list arguments;
    va_start(arguments, format);
    fill(error, status, code, format, arguments);
    va_end(arguments);
    size_t used = strlen(error->message);
    snprintf(error->message + used, sizeof error->message - used, ": %s%s", strerror(code),
             code == EFBIG ? " (ulimit -f says how large a file may become)" : "");
    return status;
}
