/* Source: shm_overview(7), open(2) on O_TMPFILE, linkat(2), posix_fallocate(3), fallocate(2),
 * inotify(7). shm_open is not used, since it can make an object only under its name; what it opens
 * is the same file. */
#define _GNU_SOURCE
#include "platform/shm.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "platform/fault_point.h"
#include "platform/lease.h"
#include "platform/linux/fd_path.h"
#include "platform/linux/names.h"
#include "platform/linux/quiet.h"
#include "platform/linux/sharing_rules.h"
#include "support/error.h"

#define SHM_FOLDER FERRYI_NAMES_FOLDER

/* Room for the folder, the longest name and a suffix. */
enum { PATH_BYTES = 280 };

static void path_of(char path[static PATH_BYTES], const char *name) {
    snprintf(path, PATH_BYTES, SHM_FOLDER "/%s", name);
}

/* Gives a new object its length. 0, or the code of what failed. */
static int set_length(int descriptor, uint64_t size_bytes) {
    unsigned quiet = ferryi_quiet_begin(SIGXFSZ);
    int code = ftruncate(descriptor, (off_t)size_bytes) == 0 ? 0 : errno;
    ferryi_quiet_end(SIGXFSZ, quiet, code == EFBIG);
    return code;
}

/* Whether a new mapping gets all of its memory at once, which is what mlockall(2) with MCL_FUTURE
 * asks for. Nothing tells but a page that has memory before it is touched. */
static bool maps_at_once(void) {
    unsigned char has_memory = 0;
    void *page =
        mmap(NULL, FERRYI_SHM_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED)
        return false;
    bool at_once = mincore(page, FERRYI_SHM_PAGE, &has_memory) == 0 && (has_memory & 1) != 0;
    munmap(page, FERRYI_SHM_PAGE);
    return at_once;
}

/* A mapping that is locked in memory page by page, as pages are used: slots that nobody has filled
 * take none. MAP_FAILED with errno. */
static void *map_by_and_by(int descriptor, uint64_t size_bytes, int protection) {
    void *base = mmap(NULL, size_bytes, PROT_NONE, MAP_SHARED, descriptor, 0);
    if (base == MAP_FAILED)
        return base;
    bool is_light = mlock2(base, size_bytes, MLOCK_ONFAULT) == 0 || munlock(base, size_bytes) == 0;
    if (is_light && mprotect(base, size_bytes, protection) == 0)
        return base;
    int code = errno;
    munmap(base, size_bytes);
    errno = code;
    return MAP_FAILED;
}

static ferry_status map(ferryi_shm *shm, uint64_t size_bytes, int protection, ferry_error *error) {
    int descriptor = (int)shm->handle;
    void *base = maps_at_once() ? map_by_and_by(descriptor, size_bytes, protection)
                                : mmap(NULL, size_bytes, protection, MAP_SHARED, descriptor, 0);
    if (base == MAP_FAILED)
        return ferryi_fail_errno(error, errno, "cannot map %llu bytes of shared memory",
                                 (unsigned long long)size_bytes);
    shm->base = base;
    shm->size_bytes = size_bytes;
    return FERRY_OK;
}

static ferry_status too_long(uint64_t size_bytes, ferry_error *error) {
    return ferryi_fail(error, FERRY_NO_SPACE, EFBIG,
                       "an object of %llu bytes is longer than a file may be here: raise the limit "
                       "(ulimit -f)",
                       (unsigned long long)size_bytes);
}

bool ferryi_shm_has_sessions(void) {
    return false;
}

ferry_status ferryi_shm_create(ferryi_shm *out, const char *name, uint64_t size_bytes,
                               ferry_error *error) {
    ferryi_shm shm = FERRYI_SHM_INIT;
    shm.name = name;
    shm.handle = open(SHM_FOLDER, O_TMPFILE | O_RDWR | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (shm.handle < 0)
        return ferryi_fail_errno(error, errno, "cannot make an object in " SHM_FOLDER);
    ferry_status status = FERRY_OK;
    int code = set_length((int)shm.handle, size_bytes);
    if (code == EFBIG)
        status = too_long(size_bytes, error);
    else if (code != 0)
        status = ferryi_fail_errno(error, code, "cannot set up an object in " SHM_FOLDER);
    if (status == FERRY_OK)
        status = map(&shm, size_bytes, PROT_READ | PROT_WRITE, error);
    if (status != FERRY_OK) {
        close((int)shm.handle);
        return status;
    }
    *out = shm;
    return FERRY_OK;
}

ferry_status ferryi_shm_publish(ferryi_shm *shm, const ferryi_sharing *sharing,
                                unsigned others_write, ferry_error *error) {
    char source[FERRYI_FD_PATH_BYTES], path[PATH_BYTES];
    ferryi_fd_path(source, (int)shm->handle);
    path_of(path, shm->name);
    /* Before it has a name, so that nobody else can open it. */
    ferry_status status = ferryi_sharing_apply(sharing, (int)shm->handle, others_write, error);
    if (status != FERRY_OK)
        return status;
    if (linkat(AT_FDCWD, source, AT_FDCWD, path, AT_SYMLINK_FOLLOW) == 0)
        return FERRY_OK;
    if (errno == EEXIST)
        return ferryi_fail(error, FERRY_BUSY, EEXIST, "%s exists already", path);
    return ferryi_fail_errno(error, errno, "cannot name the object %s", path);
}

ferry_status ferryi_shm_share(const ferryi_shm *shm, const ferryi_sharing *sharing,
                              unsigned others_write, ferry_error *error) {
    struct stat about;
    if (fstat((int)shm->handle, &about) == 0 && about.st_uid != geteuid())
        return FERRY_OK; /* its owner has said who may use it, and that includes us */
    return ferryi_sharing_apply(sharing, (int)shm->handle, others_write, error);
}

static ferry_status check(int descriptor, const ferryi_sharing *sharing, const char *path,
                          uint64_t *size_bytes, ferry_error *error) {
    struct stat about;
    if (fstat(descriptor, &about) != 0)
        return ferryi_fail_errno(error, errno, "cannot look at %s", path);
    if (!S_ISREG(about.st_mode) || about.st_size < FERRYI_SHM_PAGE)
        return ferryi_fail(error, FERRY_FOREIGN, 0, "%s is not a memory object of a channel", path);
    *size_bytes = (uint64_t)about.st_size & ~(uint64_t)(FERRYI_SHM_PAGE - 1);
    return ferryi_sharing_check(sharing, &about, path, error);
}

ferry_status ferryi_shm_open(ferryi_shm *out, const char *name, ferryi_shm_access access,
                             const ferryi_sharing *sharing, ferry_error *error) {
    char path[PATH_BYTES];
    path_of(path, name);
    int flags = access == FERRYI_SHM_WRITE ? O_RDWR : O_RDONLY;
    int protection = access == FERRYI_SHM_WRITE ? PROT_READ | PROT_WRITE : PROT_READ;
    ferryi_shm shm = FERRYI_SHM_INIT;
    shm.name = name;
    shm.handle = ferryi_names_open(path, flags);
    if (shm.handle < 0)
        return ferryi_sharing_refuse(sharing, errno, path, "is not a memory object", error);
    uint64_t size_bytes = 0;
    ferry_status status = check((int)shm.handle, sharing, path, &size_bytes, error);
    if (status == FERRY_OK)
        status = map(&shm, size_bytes, protection, error);
    if (status != FERRY_OK) {
        close((int)shm.handle);
        return status;
    }
    *out = shm;
    return FERRY_OK;
}

ferry_status ferryi_shm_reserve(const ferryi_shm *shm, uint64_t offset_bytes, uint64_t bytes,
                                ferry_error *error) {
    int code = ferryi_quiet_allocate((int)shm->handle, offset_bytes, bytes);
    if (code == 0)
        return FERRY_OK;
    if (code == ENOSPC)
        return ferryi_fail(error, FERRY_NO_SPACE, code,
                           SHM_FOLDER " has no room for %llu more bytes: enlarge it (mount -o "
                                      "remount,size=...)",
                           (unsigned long long)bytes);
    if (code == EFBIG)
        return too_long(offset_bytes + bytes, error);
    return ferryi_fail_errno(error, code, "cannot reserve %llu bytes of shared memory",
                             (unsigned long long)bytes);
}

bool ferryi_shm_give_back(const ferryi_shm *shm, uint64_t offset_bytes, uint64_t bytes) {
    return fallocate((int)shm->handle, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                     (off_t)offset_bytes, (off_t)bytes) == 0;
}

uint64_t ferryi_shm_end(const ferryi_shm *shm) {
    struct stat about;
    bool has_more = fstat((int)shm->handle, &about) == 0 && about.st_size > 0 &&
                    (uint64_t)about.st_size > shm->size_bytes;
    return has_more ? (uint64_t)about.st_size : shm->size_bytes;
}

uint64_t ferryi_shm_memory(const ferryi_shm *shm) {
    enum { BLOCK_BYTES = 512 }; /* of st_blocks */
    struct stat about;
    return fstat((int)shm->handle, &about) == 0 ? (uint64_t)about.st_blocks * BLOCK_BYTES : 0;
}

ferry_status ferryi_shm_extend(ferryi_shm *shm, uint64_t size_bytes, ferry_error *error) {
    /* Reserving beyond the end moves the end, and leaves it alone when it fails. */
    uint64_t before = shm->size_bytes, end = ferryi_shm_end(shm);
    ferry_status status = ferryi_shm_reserve(shm, before, size_bytes - before, error);
    if (status != FERRY_OK)
        return status;
    FERRYI_FAULT("extend.reserved");
    void *base = mremap(shm->base, before, size_bytes, MREMAP_MAYMOVE);
    if (base == MAP_FAILED) {
        int code = errno;
        /* Back to its maker's end, unless somebody has moved that meanwhile. */
        if (ferryi_shm_end(shm) == size_bytes && ftruncate((int)shm->handle, (off_t)end) != 0)
            code = errno;
        return ferryi_fail_errno(error, code, "cannot map an object that was enlarged");
    }
    FERRYI_FAULT("extend.mapped");
    shm->base = base;
    shm->size_bytes = size_bytes;
    return FERRY_OK;
}

bool ferryi_shm_is_backed(const ferryi_shm *shm, uint64_t offset_bytes, uint64_t bytes) {
    off_t hole = lseek((int)shm->handle, (off_t)offset_bytes, SEEK_HOLE);
    /* Behind the end there is nothing. Where a file system cannot tell, everything counts. */
    return hole < 0 ? errno != ENXIO : (uint64_t)hole >= offset_bytes + bytes;
}

bool ferryi_shm_read(const ferryi_shm *shm, uint64_t offset_bytes, void *out, uint64_t bytes) {
    uint8_t *to = out;
    while (bytes > 0) {
        ssize_t got = pread((int)shm->handle, to, bytes, (off_t)offset_bytes);
        if (got == 0 || (got < 0 && errno != EINTR))
            return false;
        if (got < 0)
            continue;
        to += got;
        offset_bytes += (uint64_t)got;
        bytes -= (uint64_t)got;
    }
    return true;
}

void ferryi_shm_no_dump(const ferryi_shm *shm) {
    madvise(shm->base, shm->size_bytes, MADV_DONTDUMP);
}

void ferryi_shm_let_name_go(ferryi_shm *shm) {
    (void)shm; /* a name is nobody's */
}

ferryi_standing ferryi_shm_standing(const ferryi_shm *shm) {
    char path[PATH_BYTES];
    path_of(path, shm->name);
    return ferryi_names_standing(path, (int)shm->handle);
}

bool ferryi_shm_has_name(const ferryi_shm *shm) {
    return ferryi_shm_standing(shm) == FERRYI_NAME_STANDS;
}

bool ferryi_shm_name_again(const ferryi_shm *shm) {
    char path[PATH_BYTES];
    path_of(path, shm->name);
    return ferryi_names_link(path, (int)shm->handle);
}

bool ferryi_shm_remove_name(ferryi_shm *shm) {
    char path[PATH_BYTES];
    path_of(path, shm->name);
    return unlink(path) == 0 || errno == ENOENT;
}

/* ---- what another user has left ---- */

/* Reads without mapping: a peer may cut the file short at any time. */
static void look_inside(ferryi_shm_sight *out, int descriptor) {
    struct stat about;
    if (fstat(descriptor, &about) != 0 || !S_ISREG(about.st_mode) ||
        about.st_size < FERRYI_SHM_PAGE)
        return;
    off_t end = about.st_size & ~(off_t)(FERRYI_SHM_PAGE - 1);
    ferryi_shm shm = FERRYI_SHM_INIT;
    shm.handle = descriptor;
    out->is_readable =
        pread(descriptor, out->first, sizeof out->first, 0) == (ssize_t)sizeof out->first &&
        pread(descriptor, out->last, sizeof out->last, end - (off_t)sizeof out->last) ==
            (ssize_t)sizeof out->last;
    out->has_producer = ferryi_lease_is_held(&shm, FERRYI_LEASE_PRODUCER);
}

bool ferryi_shm_look(ferryi_shm_sight *out, const char *name) {
    char path[PATH_BYTES];
    struct stat about;
    path_of(path, name);
    *out = (ferryi_shm_sight){.os_code = EACCES};
    if (lstat(path, &about) != 0 || about.st_uid == geteuid())
        return false;
    _Static_assert(sizeof out->owner >= FERRYI_OWNER_BYTES, "room for the owner");
    ferryi_sharing_name_owner(out->owner, about.st_uid);
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
    if (descriptor >= 0) {
        look_inside(out, descriptor);
        close(descriptor);
    }
    return true;
}

bool ferryi_shm_tell_removal(char *out, size_t out_bytes, const char *frames, const char *consumers,
                             const char *event) {
    static const char *const prefixes[] = {"", "", "sem."};
    const char *names[] = {frames, consumers, event};
    size_t used = (size_t)snprintf(out, out_bytes, "rm");
    for (int i = 0; i < 3; i++) {
        char path[PATH_BYTES];
        struct stat about;
        snprintf(path, sizeof path, SHM_FOLDER "/%s%s", prefixes[i], names[i]);
        if (lstat(path, &about) == 0 && about.st_uid != geteuid() && used < out_bytes)
            used += (size_t)snprintf(out + used, out_bytes - used, " %s", path);
    }
    if (used < out_bytes)
        return true;
    /* Half a path would be another one. */
    snprintf(out, out_bytes, "rm NAME NAME~consumers sem.NAMEMutex in " SHM_FOLDER);
    return false;
}

const char *ferryi_shm_tell_freeing(void) {
    return "remove it";
}

void ferryi_shm_close(ferryi_shm *shm) {
    if (shm->base != NULL)
        munmap(shm->base, shm->size_bytes);
    if (shm->handle >= 0)
        close((int)shm->handle);
    shm->base = NULL;
    shm->size_bytes = 0;
    shm->handle = -1;
}

void ferryi_shm_watch_open(ferryi_shm_watch *watch) {
    watch->handle = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (watch->handle >= 0 &&
        inotify_add_watch((int)watch->handle, SHM_FOLDER, IN_CREATE | IN_MOVED_TO | IN_DELETE) < 0)
        ferryi_shm_watch_close(watch);
}

void ferryi_shm_watch_wait(ferryi_shm_watch *watch, int64_t timeout_ns) {
    enum { NS_IN_MS = 1000000, UNWATCHED_MS = 20 };
    int64_t timeout_ms = (timeout_ns + NS_IN_MS - 1) / NS_IN_MS;
    /* The number of watches is limited for each user; without one, look a little more often. */
    if (watch->handle < 0 && timeout_ms > UNWATCHED_MS)
        timeout_ms = UNWATCHED_MS;
    struct pollfd wanted = {.fd = (int)watch->handle, .events = POLLIN};
    if (poll(&wanted, watch->handle >= 0 ? 1 : 0, (int)timeout_ms) > 0) {
        char events[4096];
        while (read((int)watch->handle, events, sizeof events) > 0) {
        }
    }
}

void ferryi_shm_watch_close(ferryi_shm_watch *watch) {
    if (watch->handle >= 0)
        close((int)watch->handle);
    watch->handle = -1;
}
