/* Source: readdir(3), fstatat(2), shm_overview(7), sem_overview(7), F_SETLEASE in fcntl(2). */
#define _GNU_SOURCE
#include "host/facts_objects.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/linux/object_part.h"
#include "platform/linux/names.h"
#include "platform/linux/sharing_rules.h"

/* A bound on how much other users can make us read. */
enum { ENTRIES_MOST = 16384, MODE_BITS = 07777 };

void host_object_path(char path[HOST_OBJECT_PATH_BYTES], const char *channel,
                      host_object_part part) {
    char name[HOST_OBJECT_NAME_BYTES];
    host_object_name(name, channel, part);
    snprintf(path, HOST_OBJECT_PATH_BYTES, FERRYI_NAMES_FOLDER "/%s", name);
}

static bool has_part(int folder, const char *channel, host_object_part part) {
    char name[HOST_OBJECT_NAME_BYTES];
    struct stat about;
    host_object_name(name, channel, part);
    return fstatat(folder, name, &about, AT_SYMLINK_NOFOLLOW) == 0;
}

/* A file lease for writing is granted only while nobody else has the file open, and a mapping keeps
 * its file open. Should somebody open it before the lease is given back, the kernel sends a signal:
 * one that does nothing by default. Only the owner and the superuser are told. */
static bool is_unused(const char *channel, host_object_part part) {
    char path[HOST_OBJECT_PATH_BYTES];
    host_object_path(path, channel, part);
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
    if (descriptor < 0)
        return false;
    bool is_alone =
        fcntl(descriptor, F_SETSIG, SIGURG) == 0 && fcntl(descriptor, F_SETLEASE, F_WRLCK) == 0;
    if (is_alone)
        fcntl(descriptor, F_SETLEASE, F_UNLCK);
    close(descriptor);
    return is_alone;
}

static bool look(host_object *out, int folder, const char *entry,
                 char channel[static FERRY_NAME_MAX + 1], char owner[static FERRYI_OWNER_BYTES]) {
    struct stat about;
    *out = (host_object){.channel = channel, .owner = owner};
    out->part = host_object_part_of(channel, entry);
    if (out->part == HOST_OBJECT_NONE || fstatat(folder, entry, &about, AT_SYMLINK_NOFOLLOW) != 0)
        return false;
    ferryi_sharing_name_owner(owner, about.st_uid);
    out->is_plain = S_ISREG(about.st_mode);
    out->is_own = about.st_uid == geteuid();
    out->is_of_root = about.st_uid == 0;
    out->mode = about.st_mode & MODE_BITS;
    out->has_frames = has_part(folder, channel, HOST_OBJECT_FRAMES);
    out->has_consumers = has_part(folder, channel, HOST_OBJECT_CONSUMERS);
    out->is_unused = out->part == HOST_OBJECT_EVENT && out->is_plain && !out->has_frames &&
                     !out->has_consumers && is_unused(channel, out->part);
    return true;
}

bool host_visit_objects(void (*see)(void *argument, const host_object *object), void *argument) {
    DIR *directory = opendir(FERRYI_NAMES_FOLDER);
    if (directory == NULL)
        return false;
    const struct dirent *entry;
    for (int i = 0; i < ENTRIES_MOST && (entry = readdir(directory)) != NULL; i++) {
        char channel[FERRY_NAME_MAX + 1];
        char owner[FERRYI_OWNER_BYTES];
        host_object object;
        if (look(&object, dirfd(directory), entry->d_name, channel, owner))
            see(argument, &object);
    }
    closedir(directory);
    return true;
}
