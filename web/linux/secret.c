#define _POSIX_C_SOURCE 200809L /* O_CLOEXEC under -std=c11 */
#include "secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/inside.h"

static ferry_status read_all(int file, const char *path, char *bytes, ferry_error *error) {
    size_t used = 0;
    ssize_t got = 0;
    while (used <= SECRET_BYTES_MAX &&
           (got = read(file, bytes + used, SECRET_BYTES_MAX + 1 - used)) > 0)
        used += (size_t)got;
    if (got < 0)
        return ferryi_fail_errno(error, errno, "cannot read %s", path);
    if (used > SECRET_BYTES_MAX)
        return ferryi_fail(error, FERRY_SYSTEM_ERROR, 0, "%s has more than %d bytes", path,
                           SECRET_BYTES_MAX);
    bytes[used] = '\0';
    return FERRY_OK;
}

ferry_status secret_read(const char *path, char **out, bool *is_open, ferry_error *error) {
    struct stat about;
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (file < 0 || fstat(file, &about) != 0) {
        ferry_status status = ferryi_fail_errno(error, errno, "cannot open %s", path);
        if (file >= 0)
            close(file);
        return status;
    }
    *is_open = (about.st_mode & (S_IRWXG | S_IRWXO)) != 0;
    char *bytes = malloc(SECRET_BYTES_MAX + 2);
    ferry_status status = bytes != NULL ? read_all(file, path, bytes, error)
                                        : ferryi_fail(error, FERRY_NO_MEMORY, 0, "out of memory");
    close(file);
    if (status == FERRY_OK)
        *out = bytes;
    else
        free(bytes);
    return status;
}
