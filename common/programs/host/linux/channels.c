/* Source: shm_overview(7), proc_locks(5), proc_pid_mountinfo(5), pid_namespaces(7). Files are
 * looked at from outside only: a process that asks whether a file is in use would see one that is
 * open here. */
#define _GNU_SOURCE
#include "host/channels.h"

#include <dirent.h>
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
#include "host/linux/object_part.h"
#include "platform/lease.h"
#include "platform/linux/sharing_rules.h"

#define SHM_FOLDER "/dev/shm"

/* Bounds on how much other users can make us read. */
enum { ENTRIES_MOST = 4096, CHANNELS_MOST = 64, LINES_MOST = 65536, LINE_BYTES = 1024 };

/* ---- channels ---- */

static bool is_file(int folder, const char *name, struct stat *about) {
    return fstatat(folder, name, about, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(about->st_mode);
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
 * layout has an event alone. */
static bool look_at_entry(int folder, const char *entry, char name[static FERRY_NAME_MAX + 1],
                          struct stat *about, bool *is_bare) {
    char consumers[HOST_OBJECT_NAME_BYTES];
    struct stat other;
    host_object_part part = host_object_part_of(name, entry);
    *is_bare = part == HOST_OBJECT_EVENT;
    if (part != HOST_OBJECT_CONSUMERS && part != HOST_OBJECT_EVENT)
        return false;
    host_object_name(consumers, name, HOST_OBJECT_CONSUMERS);
    return is_file(folder, name, about) && !(*is_bare && is_file(folder, consumers, &other));
}

bool host_visit_channels(void (*see)(void *argument, const host_channel_sight *sight),
                         void *argument) {
    DIR *directory = opendir(SHM_FOLDER);
    if (directory == NULL)
        return false;
    const struct dirent *entry;
    int channels = 0;
    for (int i = 0;
         i < ENTRIES_MOST && channels < CHANNELS_MOST && (entry = readdir(directory)) != NULL;
         i++) {
        char name[FERRY_NAME_MAX + 1];
        char owner[FERRYI_OWNER_BYTES];
        struct stat about;
        bool is_bare;
        if (!look_at_entry(dirfd(directory), entry->d_name, name, &about, &is_bare))
            continue;
        channels++;
        host_channel_sight sight = {.name = name};
        sight.state = is_bare ? HOST_CHANNEL_UNKNOWN : find_lease(&about);
        if (about.st_uid != geteuid()) {
            ferryi_sharing_name_owner(owner, about.st_uid);
            sight.owner = owner;
        }
        see(argument, &sight);
    }
    closedir(directory);
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
