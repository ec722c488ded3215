/* Files whose content is not for everybody. For the main thread. */
#ifndef WEB_SECRET_H
#define WEB_SECRET_H

#include <stdbool.h>
#include <stddef.h>

#include <frameferry/status.h>

#define SECRET_BYTES_MAX 65536

/* Reads a whole file, with a zero behind it, into *out, which the caller frees. *is_open says
 * whether users other than its owner may read it. Returns FERRY_OK; FERRY_SYSTEM_ERROR: it cannot
 * be read, or is too large; FERRY_NOT_ALLOWED; FERRY_NO_MEMORY. Source: open(2), fstat(2). */
ferry_status secret_read(const char *path, char **out, bool *is_open, ferry_error *error);

#endif
