/* Source: ftok(3), svipc(7), open(2); QFileSystemEngine::tempPath and QDir::cleanPath of Qt 5.15.
 */
#define _GNU_SOURCE
#include "platform/linux/qt_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "platform/linux/sharing_rules.h"
#include "platform/qt_key.h"
#include "support/error.h"

/* ---- paths ---- */

/* Cuts the last part from the first used bytes of a path, which has one. */
static size_t cut_part(const char *path, size_t used) {
    while (used > 0 && path[used - 1] != '/')
        used--;
    return used > 1 ? used - 1 : used;
}

static bool ends_with_parent(const char *path, size_t used) {
    return (used == 2 || (used > 2 && path[used - 3] == '/')) && path[used - 1] == '.' &&
           path[used - 2] == '.';
}

/* Writes a path without "//", "/./", and parts that ".." takes back: as text, links or not, since
 * Qt does it so. The result is no longer than the path. */
static void clean(char *out, const char *path) {
    bool is_rooted = path[0] == '/';
    size_t used = 0;
    if (is_rooted)
        out[used++] = '/';
    while (*path != '\0') {
        size_t length = strcspn(path, "/");
        bool is_parent = length == 2 && memcmp(path, "..", 2) == 0;
        bool is_nothing = length == 0 || (length == 1 && path[0] == '.');
        bool has_part = used > (is_rooted ? 1u : 0u) && !ends_with_parent(out, used);
        if (is_parent && has_part) {
            used = cut_part(out, used);
        } else if (!is_nothing && !(is_parent && is_rooted)) {
            if (used > 0 && out[used - 1] != '/')
                out[used++] = '/';
            memcpy(out + used, path, length);
            used += length;
        }
        path += length;
        path += *path == '/';
    }
    if (used == 0)
        out[used++] = '.';
    out[used] = '\0';
}

ferry_status ferryi_qt_file_name(ferryi_qt_file *out, const char *prefix, const char *key,
                                 ferry_error *error) {
    char name[FERRYI_QT_NAME_BYTES];
    const char *folder = getenv("TMPDIR");
    if (folder == NULL || folder[0] == '\0')
        folder = "/tmp";
    ferry_status status = ferryi_qt_key_name(name, prefix, key, error);
    if (status != FERRY_OK)
        return status;
    if (strlen(folder) + sizeof name + 2 > sizeof out->path)
        return ferryi_fail(error, FERRY_INVALID_ARGUMENT, ENAMETOOLONG,
                           "the folder that TMPDIR names has a path of more than %zu bytes",
                           sizeof out->path - sizeof name - 2);
    clean(out->path, folder);
    size_t used = strlen(out->path);
    snprintf(out->path + used, sizeof out->path - used, "/%s", name);
    out->number = -1;
    return FERRY_OK;
}

/* ---- files ---- */

/* Does for an open file what ftok does for a path, which may stand for another one meanwhile. */
static key_t number_of(const struct stat *about) {
    enum { INODE_BITS = 0xffff, DEVICE_BITS = 0xff, DEVICE_SHIFT = 16, PROJECT_SHIFT = 24 };
    return (key_t)((uint32_t)(about->st_ino & INODE_BITS) |
                   (uint32_t)(about->st_dev & DEVICE_BITS) << DEVICE_SHIFT |
                   (uint32_t)'Q' << PROJECT_SHIFT);
}

static ferry_status refuse_user(uid_t owner, const char *path, ferry_error *error) {
    char name[FERRYI_OWNER_BYTES];
    ferryi_sharing_name_owner(name, owner);
    return ferryi_fail(error, FERRY_NOT_ALLOWED, 0,
                       "%s belongs to %s: Qt's memory is for the programs of one user", path, name);
}

static ferry_status take_number(ferryi_qt_file *file, int descriptor, ferry_error *error) {
    struct stat about;
    if (fstat(descriptor, &about) != 0)
        return ferryi_fail_errno(error, errno, "cannot look at %s", file->path);
    if (!S_ISREG(about.st_mode))
        return ferryi_fail(error, FERRY_NOT_ALLOWED, 0, "%s is no plain file: remove it",
                           file->path);
    if (about.st_uid != geteuid())
        return refuse_user(about.st_uid, file->path, error);
    file->number = number_of(&about);
    return FERRY_OK;
}

ferry_status ferryi_qt_file_find(ferryi_qt_file *file, ferry_error *error) {
    /* O_PATH opens what has the name, and does nothing to it: a link, a pipe. */
    int descriptor = open(file->path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (descriptor < 0 && errno == ENOENT)
        return ferryi_fail(error, FERRY_NO_PRODUCER, ENOENT,
                           "there is no %s: the other program has to make it first", file->path);
    if (descriptor < 0)
        return ferryi_fail_errno(error, errno, "cannot look at %s", file->path);
    ferry_status status = take_number(file, descriptor, error);
    close(descriptor);
    return status;
}

ferry_status ferryi_qt_file_make(ferryi_qt_file *file, bool *made, ferry_error *error) {
    enum { ATTEMPTS = 100 };
    ferry_status status = FERRY_NO_PRODUCER;
    ferry_error trouble;
    *made = false;
    /* One that goes just when it has been found is made anew. */
    for (int i = 0; i < ATTEMPTS && status == FERRY_NO_PRODUCER; i++) {
        int descriptor = open(file->path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                              S_IRUSR | S_IWUSR | S_IRGRP);
        *made = descriptor >= 0;
        if (*made) {
            status = take_number(file, descriptor, &trouble);
            close(descriptor);
        } else if (errno == EEXIST) {
            status = ferryi_qt_file_find(file, &trouble);
        } else {
            return ferryi_fail_errno(error, errno, "cannot make %s", file->path);
        }
    }
    if (status == FERRY_NO_PRODUCER)
        return ferryi_fail(error, FERRY_SYSTEM_ERROR, 0, "%s goes as often as it is made",
                           file->path);
    if (status != FERRY_OK && error != NULL)
        *error = trouble;
    return status;
}

void ferryi_qt_file_remove(const ferryi_qt_file *file) {
    ferryi_qt_file now = *file;
    if (ferryi_qt_file_find(&now, NULL) == FERRY_OK && now.number == file->number)
        unlink(file->path);
}

ferry_status ferryi_qt_file_check(const struct ipc_perm *perm, const ferryi_qt_file *file,
                                  ferry_error *error) {
    if (perm->uid != geteuid() || perm->cuid != geteuid())
        return refuse_user(perm->uid != geteuid() ? perm->uid : perm->cuid, file->path, error);
    if ((perm->mode & (S_IRWXG | S_IRWXO)) != 0)
        return ferryi_fail(error, FERRY_NOT_ALLOWED, 0,
                           "the object of %s is open to other users (mode %03o): Qt makes none of "
                           "that kind",
                           file->path, (unsigned)perm->mode & 0777u);
    return FERRY_OK;
}
