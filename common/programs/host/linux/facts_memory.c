#define _GNU_SOURCE
#include "host/facts_memory.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "host/linux/cgroup.h"
#include "host/linux/small_file.h"
#include "platform/linux/names.h"

/* ---- the file system ---- */

static void measure(host_memory_facts *out) {
    struct statvfs room;
    struct statfs kind;
    if (statfs(out->place, &kind) == 0)
        out->is_in_memory = kind.f_type == TMPFS_MAGIC || kind.f_type == RAMFS_MAGIC;
    if (statvfs(out->place, &room) != 0)
        return;
    out->is_read_only = (room.f_flag & ST_RDONLY) != 0;
    out->has_names_left = room.f_files == 0 || room.f_favail > 0;
    out->has_bound = room.f_blocks != 0; /* 0: size=0, no bound */
    out->total_bytes = (uint64_t)room.f_blocks * room.f_frsize;
    out->free_bytes = (uint64_t)room.f_bavail * room.f_frsize;
}

bool host_get_memory_facts(host_memory_facts *out) {
    struct stat about;
    *out = (host_memory_facts){.place = FERRYI_NAMES_FOLDER};
    out->is_there = stat(out->place, &about) == 0 && S_ISDIR(about.st_mode);
    if (!out->is_there)
        return true;
    measure(out);
    out->may_write = faccessat(AT_FDCWD, out->place, W_OK | X_OK, AT_EACCESS) == 0;
    int descriptor = open(out->place, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    out->has_unnamed = descriptor >= 0;
    if (descriptor >= 0)
        close(descriptor);
    else
        out->unnamed_error = (unsigned)errno;
    return true;
}

/* ---- the group ---- */

enum { TEXT_BYTES = 8192, PATH_BYTES = HOST_CGROUP_PATH_BYTES + 64 };

static bool read_number(const char *folder, const char *file, uint64_t *out) {
    char path[PATH_BYTES];
    char text[64];
    snprintf(path, sizeof path, "%s/%s", folder, file);
    return host_small_file_read(path, text, sizeof text, NULL) &&
           host_cgroup_parse_bytes(text, out);
}

/* Pages of files that are on a disk too can be had again. Those of shared memory count as
 * anonymous in these lists. */
static uint64_t reclaimable(const char *folder, bool is_unified) {
    char path[PATH_BYTES];
    char text[TEXT_BYTES];
    uint64_t active = 0, inactive = 0;
    snprintf(path, sizeof path, "%s/memory.stat", folder);
    if (!host_small_file_read(path, text, sizeof text, NULL))
        return 0;
    host_cgroup_find_figure(text, is_unified ? "active_file" : "total_active_file", &active);
    host_cgroup_find_figure(text, is_unified ? "inactive_file" : "total_inactive_file", &inactive);
    return active + inactive;
}

static uint64_t left_by(const host_memory_limit *l) {
    return l->used_bytes < l->limit_bytes ? l->limit_bytes - l->used_bytes : 0;
}

/* The limit of one group. */
static bool look_at_group(host_memory_limit *out, const char *folder, bool is_unified) {
    const char *file = is_unified ? "memory.max" : "memory.limit_in_bytes";
    if (!read_number(folder, file, &out->limit_bytes))
        return false;
    snprintf(out->group, sizeof out->group, "%.220s/%s", folder, file);
    if (!read_number(folder, is_unified ? "memory.current" : "memory.usage_in_bytes",
                     &out->used_bytes))
        out->used_bytes = 0;
    uint64_t back = reclaimable(folder, is_unified);
    out->used_bytes -= back < out->used_bytes ? back : out->used_bytes;
    return true;
}

bool host_get_memory_limit(host_memory_limit *out) {
    host_cgroup_place place;
    char text[TEXT_BYTES];
    bool is_found = false;
    *out = (host_memory_limit){.group = ""};
    if (!host_small_file_read("/proc/self/cgroup", text, sizeof text, NULL) ||
        !host_cgroup_find(&place, text, "/proc/self/mountinfo"))
        return false;
    do {
        host_memory_limit found = {.group = ""};
        if (look_at_group(&found, place.folder, place.is_unified) &&
            (!is_found || left_by(&found) < left_by(out))) {
            *out = found;
            is_found = true;
        }
    } while (host_cgroup_go_up(&place));
    return is_found;
}
