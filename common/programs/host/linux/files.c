#define _GNU_SOURCE /* major */
#include "host/files.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "support/error.h"

#define CAMERA_MAJOR 81 /* of V4L2: admin-guide/devices.txt of Linux */

bool host_is_separator(char c) {
    return c == '/';
}

bool host_is_directory(const char *path) {
    struct stat found;
    return stat(path, &found) == 0 && S_ISDIR(found.st_mode);
}

host_file_kind host_kind_of_file(const char *path) {
    struct stat found;
    if (stat(path, &found) != 0)
        return HOST_FILE_NONE;
    if (S_ISREG(found.st_mode))
        return HOST_FILE_REGULAR;
    if (S_ISDIR(found.st_mode))
        return HOST_FILE_DIRECTORY;
    if (S_ISFIFO(found.st_mode))
        return HOST_FILE_PIPE;
    return S_ISCHR(found.st_mode) && major(found.st_rdev) == CAMERA_MAJOR ? HOST_FILE_CAMERA
                                                                          : HOST_FILE_OTHER;
}

bool host_exists(const char *path) {
    struct stat found;
    return lstat(path, &found) == 0;
}

/* Returns 0 or an errno. Another process may make the same directory at this moment, and mkdir on
 * an existing one may answer EROFS or EACCES: only what is there in the end counts. */
static int make_one(const char *path) {
    if (mkdir(path, 0777) == 0)
        return 0;
    int code = errno;
    if (host_is_directory(path))
        return 0;
    return code == EEXIST ? ENOTDIR : code;
}

ferry_status host_make_directories(const char *path, ferry_error *error) {
    char *part = strdup(path);
    if (part == NULL)
        return ferryi_fail_errno(error, ENOMEM, "cannot make the directory %s", path);
    int code = 0;
    for (char *end = part; *end != '\0' && code == 0; end++) {
        if (*end != '/' || end == part)
            continue;
        *end = '\0';
        code = make_one(part);
        *end = '/';
    }
    if (code == 0)
        code = make_one(part);
    free(part);
    if (code != 0)
        return ferryi_fail_errno(error, code, "cannot make the directory %s", path);
    return FERRY_OK;
}
