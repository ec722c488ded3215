/* Source: open(2) on O_TMPFILE, linkat(2), rename(2), fsync(2). */
#define _GNU_SOURCE

#include "platform/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "platform/file_name.h"
#include "platform/linux/fd_path.h"
#include "platform/linux/quiet.h"
#include "support/error.h"

enum { ATTEMPTS_MAX = 100 };

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

static uint64_t random_number(void) {
    uint64_t number;
    if (getrandom(&number, sizeof number, GRND_NONBLOCK) == (ssize_t)sizeof number)
        return number;
    /* Only has to differ from name to name: a name that exists is never taken. */
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_nsec << 32 ^ (uint64_t)now.tv_sec ^ (uint64_t)getpid() << 16;
}

/* Writes a new temporary name for the output. */
static void name_temporary(ferryi_file_output *out) {
    const char *slash = strrchr(out->path, '/');
    ferryi_file_name_temporary(out->temporary, out->path, slash != NULL ? slash + 1 : out->path,
                               random_number());
}

/* Takes descriptor, unless it is below 0, for the output's file. 0, or the code of what failed. */
static int take_file(ferryi_file_output *out, int descriptor) {
    out->stream = descriptor >= 0 ? stream_of(descriptor, "wb") : NULL;
    return out->stream != NULL ? 0 : errno;
}

/* Opens a file without a name in the folder of the path, with the mode that the umask leaves to
 * every new file. It goes with the process, however that ends. Not 0 on a file system without such
 * files. */
static int open_nameless(ferryi_file_output *out) {
    const char *slash = strrchr(out->path, '/');
    if (slash == NULL)
        memcpy(out->temporary, ".", 2);
    else
        snprintf(out->temporary, ferryi_file_name_bytes(out->path), "%.*s",
                 (int)(slash + 1 - out->path), out->path);
    int descriptor = open_again(out->temporary, O_TMPFILE | O_RDWR, 0666);
    int code = take_file(out, descriptor);
    out->temporary[0] = '\0';
    return code;
}

/* Opens a file with a new temporary name. 0, or the code of what failed. */
static int open_named(ferryi_file_output *out) {
    int descriptor = -1;
    for (int i = 0; i < ATTEMPTS_MAX && descriptor < 0; i++) {
        name_temporary(out);
        descriptor = open_again(out->temporary, O_WRONLY | O_CREAT | O_EXCL, 0666);
        if (descriptor < 0 && errno != EEXIST)
            break;
    }
    int code = take_file(out, descriptor);
    if (code != 0 && descriptor >= 0)
        unlink(out->temporary);
    return code;
}

/* A target that exists is replaced only if it is a file: the renaming would put a file in the place
 * of a device too. */
ferry_status ferryi_file_check_target(const char *path, ferry_error *error) {
    struct stat info;
    size_t length = strlen(path);
    if (length == 0 || path[length - 1] == '/')
        return ferryi_fail(error, FERRY_SYSTEM_ERROR, EISDIR,
                           "cannot write \"%.400s\": it does not name a file", path);
    if (lstat(path, &info) != 0)
        return errno == ENOENT ? FERRY_OK
                               : ferryi_fail_errno(error, errno, "cannot write %.400s", path);
    if (S_ISREG(info.st_mode) || S_ISLNK(info.st_mode))
        return FERRY_OK;
    if (S_ISDIR(info.st_mode))
        return ferryi_fail(error, FERRY_SYSTEM_ERROR, EISDIR,
                           "cannot write %.400s: it is a directory", path);
    return ferryi_fail(error, FERRY_SYSTEM_ERROR, EEXIST,
                       "cannot write %.400s: it exists and is not a file", path);
}

/* Any write to the stream may have raised the signal. */
static void end_quiet(const ferryi_file_output *out) {
    ferryi_quiet_end(SIGXFSZ, out->quiet, true);
}

int32_t ferryi_file_begin(ferryi_file_output *out) {
    out->quiet = ferryi_quiet_begin(SIGXFSZ);
    int code = open_nameless(out) == 0 ? 0 : open_named(out);
    if (code != 0)
        end_quiet(out);
    return code;
}

static void close_and_remove(const ferryi_file_output *out) {
    fclose(out->stream);
    if (out->temporary[0] != '\0')
        unlink(out->temporary);
}

/* 0, or the code of what failed. */
static int flush(FILE *stream) {
    int code = ferror(stream) ? EIO : 0;
    /* After a failed write there is still something to flush, which fails with the code of old. */
    if (fflush(stream) != 0)
        code = errno;
    return code;
}

int32_t ferryi_file_flush(const ferryi_file_output *out) {
    return flush(out->stream);
}

/* Gives a nameless file its name. In the place of another file it first needs a name beside that,
 * since a link replaces nothing. 0, or the code of what failed. */
static int link_nameless(ferryi_file_output *out) {
    char source[FERRYI_FD_PATH_BYTES];
    ferryi_fd_path(source, fileno(out->stream));
    if (linkat(AT_FDCWD, source, AT_FDCWD, out->path, AT_SYMLINK_FOLLOW) == 0)
        return 0;
    for (int i = 0; i < ATTEMPTS_MAX && errno == EEXIST && !out->must_be_new; i++) {
        name_temporary(out);
        if (linkat(AT_FDCWD, source, AT_FDCWD, out->temporary, AT_SYMLINK_FOLLOW) != 0)
            continue;
        int code = rename(out->temporary, out->path) == 0 ? 0 : errno;
        if (code != 0)
            unlink(out->temporary);
        return code;
    }
    return errno;
}

/* Flushes to the disk. 0, or the code of what failed. */
static int sync_stream(FILE *stream) {
    int code = flush(stream), synced;
    do {
        synced = code == 0 ? fsync(fileno(stream)) : 0;
    } while (synced != 0 && errno == EINTR);
    /* Some file systems have nothing to flush to. */
    if (synced != 0 && errno != EINVAL && errno != ENOTSUP && errno != EROFS)
        code = errno;
    return code;
}

/* Renames to a name that nothing has. On file systems that know no such call, an empty file keeps
 * the place for the moment. 0, or the code of what failed. */
static int rename_to_new(const char *from, const char *to) {
    if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno != EINVAL && errno != ENOSYS && errno != ENOTSUP)
        return errno;
    int place = open_again(to, O_WRONLY | O_CREAT | O_EXCL, 0666);
    if (place < 0)
        return errno;
    close(place);
    int code = rename(from, to) == 0 ? 0 : errno;
    if (code != 0)
        unlink(to);
    return code;
}

static int rename_temporary(const ferryi_file_output *out) {
    if (out->must_be_new)
        return rename_to_new(out->temporary, out->path);
    return rename(out->temporary, out->path) == 0 ? 0 : errno;
}

/* The stream is closed in any case. */
static int commit_named(ferryi_file_output *out) {
    int code = sync_stream(out->stream);
    if (fclose(out->stream) != 0 && code == 0)
        code = errno;
    if (code == 0)
        code = rename_temporary(out);
    if (code != 0)
        unlink(out->temporary);
    return code;
}

/* For systems that let a file be made without a name and then let it have none: without /proc, or
 * with a rule that forbids the program links. */
static int commit_copy(ferryi_file_output *out) {
    char buffer[16384];
    FILE *nameless = out->stream;
    ssize_t count = 0;
    off_t at = 0;
    int code = open_named(out);
    if (code == 0) {
        while ((count = pread(fileno(nameless), buffer, sizeof buffer, at)) > 0) {
            fwrite(buffer, 1, (size_t)count, out->stream); /* a failure shows in the commit */
            at += count;
        }
        code = count < 0 ? errno : 0;
        if (code == 0)
            code = commit_named(out);
        else
            close_and_remove(out);
    }
    fclose(nameless);
    return code;
}

static int commit_nameless(ferryi_file_output *out) {
    int code = sync_stream(out->stream);
    int linked = code == 0 ? link_nameless(out) : 0;
    if (linked == EEXIST && out->must_be_new)
        code = linked;
    else if (linked != 0)
        return commit_copy(out);
    fclose(out->stream); /* everything is on the disk: nothing is left that could fail */
    return code;
}

int32_t ferryi_file_finish(ferryi_file_output *out) {
    int code = out->temporary[0] != '\0' ? commit_named(out) : commit_nameless(out);
    end_quiet(out);
    return code;
}

void ferryi_file_discard(ferryi_file_output *out) {
    close_and_remove(out);
    end_quiet(out);
}

ferry_status ferryi_file_refuse(int32_t code, const char *path, ferry_error *error) {
    return ferryi_fail_errno(error, code, "cannot write %.400s", path);
}

bool ferryi_file_is_taken(int32_t code) {
    return code == EEXIST;
}
