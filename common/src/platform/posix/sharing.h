/* Whether an object that was found may be used: stat(2). */
#ifndef FERRYI_POSIX_SHARING_H
#define FERRYI_POSIX_SHARING_H

#include <frameferry/status.h>
#include <sys/stat.h>

#include "../sharing.h"

/* FERRY_OK, or FERRY_NOT_ALLOWED with a sentence that names the path. */
ferry_status ferryi_sharing_check(const ferryi_sharing *sharing, const struct stat *about,
                                  const char *path, ferry_error *error);

#endif
