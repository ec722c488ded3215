#define _GNU_SOURCE

#include "platform/file.h"

#include "support/error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
    NAME_KEPT_MAX =
        32, /* bytes of the target's name in the temporary one, which so never is long */
    TEMPORARY_EXTRA = 24, /* a dot before, a dot, 16 digits and ".tmp" after, the end */
    ATTEMPTS_MAX = 100
};

static int open_again(const char *path, int flags, mode_t mode) {
    int fd;
    do {
        fd = open(path, flags | O_CLOEXEC | O_NOCTTY, mode);
    } while (fd < 0 && errno == EINTR);
    return fd;
}

/* Takes a stream for an open descriptor, which is closed on failure. */
static FILE *stream_of(int fd, const char *mode) {
    FILE *stream = fdopen(fd, mode);
    if (stream == NULL) {
        int code = errno;
        close(fd);
        errno = code;
    }
    return stream;
}

ferry_status ferryi_file_open(FILE **out, const char *path, ferry_error *error) {
    /* A named pipe that nobody writes to would block here: it is opened without waiting, and reads
     * as an empty file until there is a writer. */
    int fd = open_again(path, O_RDONLY | O_NONBLOCK, 0);
    struct stat info;
    if (fd < 0 || fstat(fd, &info) != 0) {
        int code = errno;
        if (fd >= 0)
            close(fd);
        return ferryi_fail_errno(error, code, "cannot open %.400s", path);
    }
    if (S_ISDIR(info.st_mode)) {
        close(fd);
        return ferryi_fail(error, FERRY_SYSTEM_ERROR, EISDIR,
                           "cannot read %.400s: it is a directory", path);
    }
    int flags = fcntl(fd, F_GETFL);
    if (flags >= 0)
        fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
    *out = stream_of(fd, "rb");
    if (*out == NULL)
        return ferryi_fail_errno(error, errno, "cannot open %.400s", path);
    return FERRY_OK;
}

/* How much of a name of length bytes is kept: no more than fits, and whole UTF-8 characters. */
static size_t kept_length(const char *name, size_t length) {
    if (length <= NAME_KEPT_MAX)
        return length;
    length = NAME_KEPT_MAX;
    while (length > 0 && ((unsigned char)name[length] & 0xc0) == 0x80)
        length--;
    return length;
}

static uint64_t random_number(void) {
    uint64_t number;
    if (getrandom(&number, sizeof number, GRND_NONBLOCK) == (ssize_t)sizeof number)
        return number;
    /* Only has to differ from name to name: a name that exists is never taken. */
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_nsec << 32 ^ (uint64_t)now.tv_sec ^ (uint64_t)getpid() << 16;
}

/* Writes a new temporary name for path: in the same folder, hidden. */
static void name_temporary(char *out, size_t capacity, const char *path) {
    const char *slash = strrchr(path, '/');
    const char *name = slash != NULL ? slash + 1 : path;
    int folder = (int)(name - path), kept = (int)kept_length(name, strlen(name));
    snprintf(out, capacity, "%.*s.%.*s.%016llx.tmp", folder, path, kept, name,
             (unsigned long long)random_number());
}

/* Opens out->temporary, which is new, with the mode that the umask leaves to every new file. */
static ferry_status make_temporary(ferryi_output *out, ferry_error *error) {
    size_t capacity = strlen(out->path) + TEMPORARY_EXTRA;
    int fd = -1;
    for (int i = 0; i < ATTEMPTS_MAX && fd < 0; i++) {
        name_temporary(out->temporary, capacity, out->path);
        fd = open_again(out->temporary, O_WRONLY | O_CREAT | O_EXCL, 0666);
        if (fd < 0 && errno != EEXIST)
            break;
    }
    if (fd < 0)
        return ferryi_fail_errno(error, errno, "cannot write %.400s", out->path);
    out->stream = stream_of(fd, "wb");
    if (out->stream != NULL)
        return FERRY_OK;
    int code = errno;
    unlink(out->temporary);
    return ferryi_fail_errno(error, code, "cannot write %.400s", out->path);
}

/* A target that exists is replaced only if it is a file: the renaming would put a file in the place
 * of a device too. */
static ferry_status check_target(const char *path, ferry_error *error) {
    struct stat info;
    size_t length = strlen(path);
    if (length == 0 || path[length - 1] == '/')
        return ferryi_fail(error, FERRY_SYSTEM_ERROR, EISDIR,
                           "cannot write \"%.400s\": it does not name a file", path);
    if (lstat(path, &info) != 0 || S_ISREG(info.st_mode) || S_ISLNK(info.st_mode))
        return FERRY_OK;
    if (S_ISDIR(info.st_mode))
        return ferryi_fail(error, FERRY_SYSTEM_ERROR, EISDIR,
                           "cannot write %.400s: it is a directory", path);
    return ferryi_fail(error, FERRY_SYSTEM_ERROR, EEXIST,
                       "cannot write %.400s: it exists and is not a file", path);
}

static void forget(ferryi_output *out) {
    free(out->path);
    free(out->temporary);
    *out = (ferryi_output){0};
}

ferry_status ferryi_output_open(ferryi_output *out, const char *path, ferry_error *error) {
    *out = (ferryi_output){0};
    ferry_status status = check_target(path, error);
    if (status != FERRY_OK)
        return status;
    out->path = strdup(path);
    out->temporary = malloc(strlen(path) + TEMPORARY_EXTRA);
    if (out->path == NULL || out->temporary == NULL)
        status = ferryi_fail(error, FERRY_NO_MEMORY, 0, "no memory to write %.400s", path);
    else
        status = make_temporary(out, error);
    if (status != FERRY_OK)
        forget(out);
    return status;
}

void ferryi_output_abort(ferryi_output *out) {
    if (out->stream != NULL) {
        fclose(out->stream);
        unlink(out->temporary);
    }
    forget(out);
}

/* 0, or the code of what failed. */
static int flush(FILE *stream) {
    int code = ferror(stream) ? EIO : 0;
    /* After a failed write there is still something to flush, which fails with the code of old. */
    if (fflush(stream) != 0)
        code = errno;
    return code;
}

ferry_status ferryi_output_flush(ferryi_output *out, ferry_error *error) {
    int code = flush(out->stream);
    if (code == 0)
        return FERRY_OK;
    ferry_status status = ferryi_fail_errno(error, code, "cannot write %.400s", out->path);
    ferryi_output_abort(out);
    return status;
}

/* 0, or the code of what failed. The stream is closed in any case. */
static int sync_and_close(FILE *stream) {
    int code = flush(stream), synced;
    do {
        synced = code == 0 ? fsync(fileno(stream)) : 0;
    } while (synced != 0 && errno == EINTR);
    /* Some file systems have nothing to flush to. */
    if (synced != 0 && errno != EINVAL && errno != ENOTSUP && errno != EROFS)
        code = errno;
    if (fclose(stream) != 0 && code == 0)
        code = errno;
    return code;
}

ferry_status ferryi_output_commit(ferryi_output *out, ferry_error *error) {
    int code = sync_and_close(out->stream);
    if (code == 0 && rename(out->temporary, out->path) != 0)
        code = errno;
    ferry_status status = FERRY_OK;
    if (code != 0) {
        unlink(out->temporary);
        status = ferryi_fail_errno(error, code, "cannot write %.400s", out->path);
    }
    forget(out);
    return status;
}
