/* Source: the kernel's documentation, admin-guide/devices: video4linux is number 81. */
#define _GNU_SOURCE
#include "host/facts_cameras.h"

#include <dirent.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

enum { ENTRIES_MOST = 16384, CAMERAS_MOST = 64, VIDEO_MAJOR = 81 };

static void name_group(char *out, size_t capacity, gid_t group) {
    char room[8192];
    struct group entry, *found = NULL;
    if (getgrgid_r(group, &entry, room, sizeof room, &found) == 0 && found != NULL)
        snprintf(out, capacity, "%s", found->gr_name);
    else
        snprintf(out, capacity, "%lu", (unsigned long)group);
}

static bool is_camera(const char *path, struct stat *about) {
    return stat(path, about) == 0 && S_ISCHR(about->st_mode) &&
           major(about->st_rdev) == VIDEO_MAJOR;
}

bool host_visit_cameras(void (*see)(void *argument, const host_camera *camera), void *argument) {
    DIR *directory = opendir("/dev");
    if (directory == NULL)
        return true;
    const struct dirent *entry;
    int cameras = 0;
    for (int i = 0;
         i < ENTRIES_MOST && cameras < CAMERAS_MOST && (entry = readdir(directory)) != NULL; i++) {
        char path[sizeof "/dev/" + sizeof entry->d_name];
        char group[64];
        struct stat about;
        snprintf(path, sizeof path, "/dev/%s", entry->d_name);
        if (strncmp(entry->d_name, "video", strlen("video")) != 0 || !is_camera(path, &about))
            continue;
        cameras++;
        name_group(group, sizeof group, about.st_gid);
        see(argument,
            &(host_camera){.path = path,
                           .may_use = faccessat(AT_FDCWD, path, R_OK | W_OK, AT_EACCESS) == 0,
                           .group = group});
    }
    closedir(directory);
    return true;
}
