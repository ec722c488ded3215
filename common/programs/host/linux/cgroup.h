/* The memory controller's files for a process. Source: cgroups(7), and the kernel's documentation,
 * admin-guide/cgroup-v2 and admin-guide/cgroup-v1/memory. */
#ifndef HOST_LINUX_CGROUP_H
#define HOST_LINUX_CGROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HOST_CGROUP_PATH_BYTES 2048

typedef struct host_cgroup_place {
    char folder[HOST_CGROUP_PATH_BYTES]; /* of a group */
    size_t top;                          /* the length of the outermost group's */
    bool is_unified;                     /* cgroup v2 */
} host_cgroup_place;

/* Finds the path of the group that has the memory controller in text, which is of
 * /proc/PID/cgroup. A hierarchy of v1 with this controller goes before v2, which does not have it
 * then. False: there is none. */
bool host_cgroup_find_path(char path[static HOST_CGROUP_PATH_BYTES], bool *is_unified,
                           const char *text);

/* The folder of that group, by the mounts of a process. False: it cannot be seen. */
bool host_cgroup_find(host_cgroup_place *out, const char *text, const char *mountinfo);

/* Goes to the group above. False: this was the outermost one that can be seen. */
bool host_cgroup_go_up(host_cgroup_place *place);

/* A number of bytes. False: it is none, or "max", or so large that it stands for no limit. */
bool host_cgroup_parse_bytes(const char *text, uint64_t *out);

/* The number behind a name at the beginning of a line. *out stays as it was if there is none. */
void host_cgroup_find_figure(const char *text, const char *name, uint64_t *out);

#endif
