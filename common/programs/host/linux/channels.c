/* Source: shm_overview(7), proc_locks(5), proc_pid_mountinfo(5), pid_namespaces(7). Files are
 * looked at from outside only: a process that asks whether a file is in use would see one that is
 * open here. */
#define _GNU_SOURCE
#include "host/channels.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <frameferry/channel.h>

#include "host/linux/mountinfo.h"
#include "platform/lease.h"
#include "platform/linux/sharing_rules.h"

#define SHM_FOLDER "/dev/shm"
#define CONSUMERS_SUFFIX "~consumers"

/* Bounds on how much other users can make us read. */
enum { LINES_MOST = 65536, LINE_BYTES = 1024 };

/* ---- channels ---- */

static bool look_at_file(const char *name, const char *suffix, struct stat *about) {
    char path[sizeof SHM_FOLDER CONSUMERS_SUFFIX + FERRY_NAME_MAX + 1];
    int length = snprintf(path, sizeof path, SHM_FOLDER "/%s%s", name, suffix);
    return length < (int)sizeof path && lstat(path, about) == 0 && S_ISREG(about->st_mode);
}

/* Whether a line of /proc/locks is a producer's lease on a file. */
static bool is_lease(const char *line, const struct stat *about) {
    char kind[16];
    unsigned device_major = 0, device_minor = 0;
    unsigned long long inode = 0, first = 0;
    if (sscanf(line, "%*s %15s %*s %*s %*s %x:%x:%llu %llu", kind, &device_major, &device_minor,
               &inode, &first) != 5)
        return false;
    return strcmp(kind, "OFDLCK") == 0 && inode == about->st_ino &&
           device_major == major(about->st_dev) && device_minor == minor(about->st_dev) &&
           first == FERRYI_LEASE_PRODUCER;
}

static host_channel_state find_lease(const struct stat *about) {
    char line[LINE_BYTES];
    FILE *locks = fopen("/proc/locks", "re");
    if (locks == NULL)
        return HOST_CHANNEL_UNKNOWN;
    bool is_found = false;
    for (int i = 0; i < LINES_MOST && !is_found && fgets(line, sizeof line, locks) != NULL; i++)
        is_found = is_lease(line, about);
    fclose(locks);
    return is_found ? HOST_CHANNEL_LIVE : HOST_CHANNEL_DEAD;
}

/* A channel of this library has an object for its consumers; a sender that knows only the BaseImage
 * layout has none, and no lease. */
bool host_look_at_channel(host_channel_sight *out, const char *name) {
    struct stat about, other;
    _Static_assert((int)HOST_CHANNEL_OWNER_BYTES >= (int)FERRYI_OWNER_BYTES, "room for the owner");
    *out = (host_channel_sight){.state = HOST_CHANNEL_UNKNOWN};
    if (!look_at_file(name, "", &about))
        return false;
    if (look_at_file(name, CONSUMERS_SUFFIX, &other))
        out->state = find_lease(&about);
    if (about.st_uid != geteuid())
        ferryi_sharing_name_owner(out->owner, about.st_uid);
    return true;
}

/* ---- whose memory it is ---- */

/* Whether this process numbers processes as the system does. */
static bool has_first_pids(void) {
    static const char first[] = "pid:[4026531836]"; /* PROC_PID_INIT_INO in the kernel */
    char found[64];
    ssize_t length = readlink("/proc/self/ns/pid", found, sizeof found);
    return length < 0 ||
           (length == (ssize_t)sizeof first - 1 && memcmp(found, first, sizeof first - 1) == 0);
}

static bool is_in_container(void) {
    return access("/.dockerenv", F_OK) == 0 || access("/run/.containerenv", F_OK) == 0 ||
           !has_first_pids();
}

bool host_has_own_memory(void) {
    host_mount ours, firsts;
    if (!host_mountinfo_find(&ours, "/proc/self/mountinfo", SHM_FOLDER))
        return false;
    if (host_mountinfo_find(&firsts, "/proc/1/mountinfo", SHM_FOLDER) && firsts.device[0] != '\0' &&
        (strcmp(ours.device, firsts.device) != 0 || strcmp(ours.root, firsts.root) != 0))
        return true;
    /* The name that the makers of containers give to what they put there. */
    return strcmp(ours.source, "shm") == 0 && is_in_container();
}

bool host_memory_outlives_users(void) {
    return true; /* a name stays until a process removes it */
}
