/* Source: open(2), pread(2), lstat(2), readdir(3), shm_overview(7). Reading a hole of a file in a
 * tmpfs takes no memory, while touching one through a mapping does. */
#define _GNU_SOURCE
#include "platform/glance.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "platform/linux/names.h"
#include "platform/linux/sharing_rules.h"
#include "support/error.h"

#define SHM_FOLDER "/dev/shm"

/* Room for the folder, the longest name and a suffix. */
enum { PATH_BYTES = 280, MODE_BITS = 07777, BLOCK_BYTES = 512 /* of st_blocks */ };

static void path_of(char path[static PATH_BYTES], const char *prefix, const char *name) {
    snprintf(path, PATH_BYTES, SHM_FOLDER "/%s%s", prefix, name);
}

static void describe(ferryi_glance *out, const struct stat *about) {
    out->object_bytes = (uint64_t)about->st_size;
    out->memory_bytes = (uint64_t)about->st_blocks * BLOCK_BYTES;
    out->mode = about->st_mode & MODE_BITS;
    out->is_own = about->st_uid == geteuid();
    out->owner = (int64_t)about->st_uid;
    out->shm.size_bytes = out->object_bytes & ~(uint64_t)(FERRYI_SHM_PAGE - 1);
}

static ferry_status no_object(const char *path, ferry_error *error) {
    return ferryi_fail(error, FERRY_FOREIGN, 0, "%s is not a memory object of a channel", path);
}

static ferry_status refuse(int code, const char *path, ferry_error *error) {
    if (code == ENOENT || code == EWOULDBLOCK) /* the second: it is just being removed */
        return ferryi_fail(error, FERRY_NO_PRODUCER, code,
                           "there is no %s: start its producer, or give another name", path);
    if (code == ELOOP || code == ENXIO)
        return no_object(path, error);
    return ferryi_fail_errno(error, code, "cannot look at %s", path);
}

/* First from outside: to open a pipe or a device can be noticed at its other end. */
ferry_status ferryi_glance_open(ferryi_glance *out, const char *name, ferry_error *error) {
    char path[PATH_BYTES];
    struct stat about;
    path_of(path, "", name);
    *out = (ferryi_glance)FERRYI_GLANCE_INIT;
    out->shm.name = name;
    if (lstat(path, &about) != 0)
        return refuse(errno, path, error);
    describe(out, &about);
    if (!S_ISREG(about.st_mode))
        return no_object(path, error);
    int descriptor = ferryi_names_open(path, O_RDONLY);
    if (descriptor < 0)
        return refuse(errno, path, error);
    bool is_known = fstat(descriptor, &about) == 0;
    if (is_known)
        describe(out, &about);
    if (!is_known || !S_ISREG(about.st_mode) || about.st_size < FERRYI_SHM_PAGE) {
        close(descriptor);
        return no_object(path, error);
    }
    out->shm.handle = descriptor;
    return FERRY_OK;
}

bool ferryi_glance_read(const ferryi_glance *glance, uint64_t offset_bytes, void *out,
                        uint64_t bytes) {
    return ferryi_shm_read(&glance->shm, offset_bytes, out, bytes);
}

void ferryi_glance_close(ferryi_glance *glance) {
    ferryi_shm_close(&glance->shm);
}

bool ferryi_glance_lets_names_go(void) {
    return true;
}

void ferryi_glance_name_owner(const ferryi_glance *glance,
                              char text[static FERRYI_GLANCE_OWNER_BYTES]) {
    _Static_assert((int)FERRYI_GLANCE_OWNER_BYTES >= (int)FERRYI_OWNER_BYTES, "room for the owner");
    text[0] = '\0';
    if (glance->owner >= 0)
        ferryi_sharing_name_owner(text, (uid_t)glance->owner);
}

static bool is_file(const char *path) {
    struct stat about;
    return lstat(path, &about) == 0 && S_ISREG(about.st_mode);
}

bool ferryi_glance_has_object(const char *name) {
    char path[PATH_BYTES];
    path_of(path, "", name);
    return is_file(path);
}

bool ferryi_glance_has_event(const char *name) {
    char path[PATH_BYTES];
    path_of(path, "sem.", name); /* as sem_overview(7) has it */
    return is_file(path);
}

bool ferryi_glance_has_semaphore(const char *name) {
    return ferryi_glance_has_event(name); /* which is one */
}

ferry_status ferryi_glance_list(bool (*see)(void *argument, const char *name), void *argument,
                                ferry_error *error) {
    enum { NAMES_MOST = 65536 };
    DIR *folder = opendir(SHM_FOLDER);
    if (folder == NULL)
        return ferryi_fail_errno(error, errno, "cannot list " SHM_FOLDER);
    const struct dirent *entry;
    bool goes_on = true;
    int code = 0;
    for (int i = 0; i < NAMES_MOST && goes_on; i++) {
        errno = 0;
        entry = readdir(folder);
        if (entry == NULL) {
            code = errno;
            break;
        }
        struct stat about;
        if (fstatat(dirfd(folder), entry->d_name, &about, AT_SYMLINK_NOFOLLOW) == 0 &&
            S_ISREG(about.st_mode))
            goes_on = see(argument, entry->d_name);
    }
    closedir(folder);
    return code == 0 ? FERRY_OK : ferryi_fail_errno(error, code, "cannot list " SHM_FOLDER);
}
