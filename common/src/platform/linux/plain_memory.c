/* Source: shm_overview(7), open(2) on O_TMPFILE, mmap(2) on the end of a file, posix_fallocate(3),
 * msync(2). shm_open is not used, since it makes an object under its name before that has a length:
 * a program that opens it meanwhile finds it empty. */
#define _GNU_SOURCE
#include "platform/plain_memory.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "platform/guard.h"
#include "platform/linux/names.h"
#include "platform/linux/quiet.h"
#include "platform/linux/sharing_rules.h"
#include "support/error.h"

#define FOREIGN "is not shared memory: remove it, or choose another name"

/* Memory up to this size is reserved when it is made. */
enum { USUAL_BYTES = 1 << 20 };

static int descriptor_of(const ferryi_plain_memory *memory) {
    return (int)memory->shm.handle;
}

/* Writes where the memory has its name. A file's is its path, a link of which is followed. */
static const char *path_of(char path[static FERRYI_NAMES_BYTES],
                           const ferryi_plain_memory *memory) {
    if (memory->is_file)
        return memory->shm.name;
    (void)ferryi_names_path(path, "", memory->shm.name, NULL); /* checked when it was opened */
    return path;
}

/* Maps what is open, as long as it is now, whose last page may be part of one. */
static ferry_status map(ferryi_plain_memory *memory, ferryi_plain_access access, const char *path,
                        atomic_bool *lost, ferry_error *error) {
    bool writes = access != FERRYI_PLAIN_READ;
    ferryi_shm *shm = &memory->shm;
    struct stat about;
    if (fstat(descriptor_of(memory), &about) != 0)
        return ferryi_fail_errno(error, errno, "cannot look at %s", path);
    if (about.st_size <= 0)
        return ferryi_fail(error, FERRY_NO_PRODUCER, 0,
                           "%.400s is empty: nobody has given it a length yet", path);
    void *base = mmap(NULL, (size_t)about.st_size, writes ? PROT_READ | PROT_WRITE : PROT_READ,
                      MAP_SHARED, descriptor_of(memory), 0);
    if (base == MAP_FAILED)
        return ferryi_fail_errno(error, errno, "cannot map %llu bytes of %.400s",
                                 (unsigned long long)about.st_size, path);
    shm->base = base;
    shm->size_bytes = (uint64_t)about.st_size;
    ferryi_guard_watch(shm, writes ? FERRYI_SHM_WRITE : FERRYI_SHM_READ, lost);
    return FERRY_OK;
}

/* Memory has no place for a sign of whose it is, but its file's mode has a bit that means nothing
 * for files (S_ISVTX in inode(7)), and that no other program sets. */
static bool has_sign(const struct stat *about) {
    return (about->st_mode & S_ISVTX) != 0 && about->st_uid == geteuid();
}

/* Without the sign, the name stays when nobody uses it any more. */
static void set_sign(int descriptor) {
    struct stat about;
    if (fstat(descriptor, &about) == 0)
        (void)fchmod(descriptor, (about.st_mode & 07777) | S_ISVTX);
}

/* Whether what was opened is memory, and may be used. */
static ferry_status check(ferryi_plain_memory *memory, const ferryi_sharing *sharing,
                          const char *path, ferry_error *error) {
    struct stat about;
    if (fstat(descriptor_of(memory), &about) != 0)
        return ferryi_fail_errno(error, errno, "cannot look at %s", path);
    if (!S_ISREG(about.st_mode))
        return ferryi_fail(error, FERRY_FOREIGN, 0, "%s " FOREIGN, path);
    memory->is_made = has_sign(&about);
    return ferryi_sharing_check(sharing, &about, path, error);
}

/* Hands the memory over, or closes it; removes: it was made just now. */
static ferry_status finish(ferryi_plain_memory *out, ferryi_plain_memory *memory, bool removes,
                           ferry_status status) {
    if (status == FERRY_OK)
        *out = *memory;
    else
        ferryi_plain_memory_close(memory, removes);
    return status;
}

ferry_status ferryi_plain_memory_open(ferryi_plain_memory *out, const char *name,
                                      ferryi_plain_access access, const ferryi_sharing *sharing,
                                      atomic_bool *lost, ferry_error *error) {
    char path[FERRYI_NAMES_BYTES];
    ferryi_plain_memory memory = FERRYI_PLAIN_MEMORY_INIT;
    ferry_status status = ferryi_names_path(path, "", name, error);
    if (status != FERRY_OK)
        return status;
    memory.shm.name = name;
    memory.shm.handle = ferryi_names_open(path, access == FERRYI_PLAIN_READ ? O_RDONLY : O_RDWR);
    if (memory.shm.handle < 0)
        return ferryi_sharing_refuse(sharing, errno, path, FOREIGN, error);
    status = check(&memory, sharing, path, error);
    if (status == FERRY_OK)
        status = map(&memory, access, path, lost, error);
    return finish(out, &memory, false, status);
}

static ferry_status set_length(int descriptor, uint64_t bytes, const char *path,
                               ferry_error *error) {
    unsigned quiet = ferryi_quiet_begin(SIGXFSZ);
    int code = ftruncate(descriptor, (off_t)bytes) == 0 ? 0 : errno;
    ferryi_quiet_end(SIGXFSZ, quiet, code == EFBIG);
    if (code == EFBIG)
        return ferryi_fail(error, FERRY_NO_SPACE, code,
                           "memory of %llu bytes is longer than a file may be here: raise the "
                           "limit (ulimit -f)",
                           (unsigned long long)bytes);
    return code == 0 ? FERRY_OK : ferryi_fail_errno(error, code, "cannot give %s its length", path);
}

/* Gives a new object its rights, its length and its name, in this order: nobody else can open it
 * before. Memory of a usual size is all there then, so that no program meets a lack of it in the
 * midst of reading or writing; of what is large for the sake of any image, the first part is. */
static ferry_status set_up(const ferryi_plain_memory *memory, uint64_t bytes, const char *path,
                           const ferryi_sharing *sharing, ferry_error *error) {
    ferry_status status = ferryi_sharing_apply(sharing, descriptor_of(memory), 1, error);
    set_sign(descriptor_of(memory));
    if (status == FERRY_OK)
        status =
            ferryi_shm_reserve(&memory->shm, 0, bytes < USUAL_BYTES ? bytes : USUAL_BYTES, error);
    if (status == FERRY_OK)
        status = set_length(descriptor_of(memory), bytes, path, error);
    if (status != FERRY_OK || ferryi_names_link(path, descriptor_of(memory)))
        return status;
    if (errno == EEXIST)
        return ferryi_fail(error, FERRY_BUSY, EEXIST, "%s exists already", path);
    return ferryi_fail_errno(error, errno, "cannot name the memory %s", path);
}

ferry_status ferryi_plain_memory_make(ferryi_plain_memory *out, const char *name, uint64_t bytes,
                                      ferryi_plain_access access, const ferryi_sharing *sharing,
                                      atomic_bool *lost, ferry_error *error) {
    (void)access; /* memory has no protection here beside its file's mode */
    char path[FERRYI_NAMES_BYTES];
    ferryi_plain_memory memory = FERRYI_PLAIN_MEMORY_INIT;
    ferry_status status = ferryi_names_path(path, "", name, error);
    if (status != FERRY_OK)
        return status;
    memory.shm.name = name;
    memory.shm.handle =
        open(FERRYI_NAMES_FOLDER, O_TMPFILE | O_RDWR | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (memory.shm.handle < 0)
        return ferryi_fail_errno(error, errno, "cannot make memory in " FERRYI_NAMES_FOLDER);
    status = set_up(&memory, bytes, path, sharing, error);
    memory.is_made = status == FERRY_OK;
    if (status == FERRY_OK)
        status = map(&memory, FERRYI_PLAIN_WRITE, path, lost, error);
    return finish(out, &memory, true, status);
}

/* ---- files ---- */

/* As any program opens a file. One that is a pipe is not waited for. */
static int open_file(const char *path, bool writes) {
    int flags = writes ? O_RDWR | O_CREAT : O_RDONLY, descriptor;
    do
        descriptor = open(path, flags | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0666);
    while (descriptor < 0 && errno == EINTR);
    return descriptor;
}

/* Why a file could not be opened, from errno. One that writes would have made it: it is the folder
 * that is not there, and nobody is waited for. */
static ferry_status refuse_file(const char *path, bool writes, ferry_error *error) {
    switch (errno) {
    case ENOENT:
        if (writes)
            return ferryi_fail_errno(error, errno, "cannot make %.400s", path);
        return ferryi_fail(error, FERRY_NO_PRODUCER, ENOENT,
                           "there is no file %.400s: have it made first, or name another", path);
    case EISDIR:
    case ENXIO:
        return ferryi_fail(error, FERRY_FOREIGN, errno, "%.400s is no regular file: name another",
                           path);
    default: return ferryi_fail_errno(error, errno, "cannot open %.400s", path);
    }
}

/* Reserves room in a file, up to its first bytes. One that is shorter is made as long. */
static ferry_status make_room(int descriptor, uint64_t bytes, const char *path,
                              ferry_error *error) {
    int code = bytes > 0 ? ferryi_quiet_allocate(descriptor, 0, bytes) : 0;
    switch (code) {
    case 0: return FERRY_OK;
    case EFBIG:
        return ferryi_fail(error, FERRY_NO_SPACE, code,
                           "%.400s would be longer than a file may be here: raise the limit "
                           "(ulimit -f)",
                           path);
    default:
        return ferryi_fail_errno(error, code, "cannot make room for %llu bytes in %.400s",
                                 (unsigned long long)bytes, path);
    }
}

static ferry_status set_up_file(const ferryi_plain_memory *memory, uint64_t bytes, bool writes,
                                ferry_error *error) {
    const char *path = memory->shm.name;
    struct stat about;
    if (fstat(descriptor_of(memory), &about) != 0)
        return ferryi_fail_errno(error, errno, "cannot look at %.400s", path);
    if (!S_ISREG(about.st_mode))
        return ferryi_fail(error, FERRY_FOREIGN, 0, "%.400s is no regular file: name another",
                           path);
    /* Not by ftruncate(2): another program may make it longer in this moment. */
    bool is_shorter = (uint64_t)about.st_size < bytes;
    return writes && is_shorter ? make_room(descriptor_of(memory), bytes, path, error) : FERRY_OK;
}

ferry_status ferryi_plain_memory_file(ferryi_plain_memory *out, const char *name, const char *path,
                                      uint64_t bytes, ferryi_plain_access access,
                                      const ferryi_sharing *sharing, atomic_bool *lost,
                                      ferry_error *error) {
    (void)name;    /* a file has its path */
    (void)sharing; /* and a mode, as everything has that its user names by a path */
    bool writes = access != FERRYI_PLAIN_READ;
    ferryi_plain_memory memory = FERRYI_PLAIN_MEMORY_INIT;
    memory.is_file = true;
    memory.shm.name = path;
    memory.shm.handle = open_file(path, writes);
    if (memory.shm.handle < 0)
        return refuse_file(path, writes, error);
    ferry_status status = set_up_file(&memory, bytes, writes, error);
    if (status == FERRY_OK)
        status = map(&memory, access, path, lost, error);
    return finish(out, &memory, false, status);
}

/* ---- the rest ---- */

/* How long it is now; 0 also when it is closed. */
static uint64_t length_of(const ferryi_plain_memory *memory) {
    struct stat about;
    bool known = fstat(descriptor_of(memory), &about) == 0 && about.st_size > 0;
    return known ? (uint64_t)about.st_size : 0;
}

uint64_t ferryi_plain_memory_bytes(const ferryi_plain_memory *memory) {
    uint64_t length = length_of(memory);
    return length < memory->shm.size_bytes ? length : memory->shm.size_bytes;
}

/* Whether a file's path leads to this one. */
static bool is_file_of(const ferryi_plain_memory *memory) {
    struct stat named, ours;
    return stat(memory->shm.name, &named) == 0 && fstat(descriptor_of(memory), &ours) == 0 &&
           named.st_dev == ours.st_dev && named.st_ino == ours.st_ino;
}

bool ferryi_plain_memory_is_stale(const ferryi_plain_memory *memory) {
    char path[FERRYI_NAMES_BYTES];
    bool stands = memory->is_file
                      ? is_file_of(memory)
                      : ferryi_names_standing(path_of(path, memory), descriptor_of(memory)) ==
                            FERRYI_NAME_STANDS;
    return !stands || length_of(memory) > memory->shm.size_bytes;
}

ferry_status ferryi_plain_memory_reserve(const ferryi_plain_memory *memory, uint64_t bytes,
                                         ferry_error *error) {
    uint64_t there = ferryi_plain_memory_bytes(memory);
    if (bytes > there) /* what a peer has cut off stays so */
        bytes = there;
    if (memory->is_file)
        return make_room(descriptor_of(memory), bytes, memory->shm.name, error);
    return bytes > 0 ? ferryi_shm_reserve(&memory->shm, 0, bytes, error) : FERRY_OK;
}

void ferryi_plain_memory_flush(const ferryi_plain_memory *memory, uint64_t bytes) {
    if (memory->is_file && memory->shm.base != NULL)
        msync(memory->shm.base, bytes < memory->shm.size_bytes ? bytes : memory->shm.size_bytes,
              MS_SYNC);
}

void ferryi_plain_memory_close(ferryi_plain_memory *memory, bool removes) {
    char path[FERRYI_NAMES_BYTES];
    ferryi_guard_unwatch(&memory->shm);
    if (removes && memory->is_made && memory->shm.handle >= 0)
        ferryi_names_leave(path_of(path, memory), &memory->shm);
    ferryi_shm_close(&memory->shm);
}
