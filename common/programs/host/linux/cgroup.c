#include "host/linux/cgroup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/linux/mountinfo.h"

/* Takes "NUMBER:CONTROLLERS:PATH" apart. False: it is not such a line. */
static bool parse_line(const char *line, size_t length, char *controllers, size_t capacity,
                       char path[static HOST_CGROUP_PATH_BYTES]) {
    const char *end = line + length;
    const char *first = memchr(line, ':', length);
    const char *second = first == NULL ? NULL : memchr(first + 1, ':', (size_t)(end - first - 1));
    if (second == NULL || (size_t)(second - first) > capacity || end == second + 1 ||
        second[1] != '/' || (size_t)(end - second) > HOST_CGROUP_PATH_BYTES)
        return false;
    memcpy(controllers, first + 1, (size_t)(second - first - 1));
    controllers[second - first - 1] = '\0';
    memcpy(path, second + 1, (size_t)(end - second - 1));
    path[end - second - 1] = '\0';
    return true;
}

bool host_cgroup_find_path(char path[static HOST_CGROUP_PATH_BYTES], bool *is_unified,
                           const char *text) {
    bool is_found = false;
    while (*text != '\0') {
        char controllers[256];
        char found[HOST_CGROUP_PATH_BYTES];
        size_t length = strcspn(text, "\n");
        if (parse_line(text, length, controllers, sizeof controllers, found)) {
            bool has_memory = host_mountinfo_has(controllers, "memory", NULL, 0);
            if (has_memory || (controllers[0] == '\0' && !is_found)) {
                memcpy(path, found, sizeof found);
                *is_unified = !has_memory;
                is_found = true;
            }
            if (has_memory)
                return true;
        }
        text += length;
        text += *text == '\n';
    }
    return is_found;
}

typedef struct search {
    host_cgroup_place *out;
    const char *path;
    bool is_found;
} search;

/* Returns the part of a path below a folder; NULL: it is not there. */
static const char *below(const char *path, const char *folder) {
    size_t length = strcmp(folder, "/") == 0 ? 0 : strlen(folder);
    bool is_there = strncmp(path, folder, length) == 0 && (path[length] == '/' || !path[length]);
    return is_there ? path + length : NULL;
}

/* In a namespace of cgroups, and in containers, the mount begins at a group that the path does not
 * name: then its outermost group is all that can be seen. */
static bool see_mount(void *argument, const host_mount *mount) {
    search *s = argument;
    bool is_it = s->out->is_unified ? strcmp(mount->kind, "cgroup2") == 0
                                    : strcmp(mount->kind, "cgroup") == 0 &&
                                          host_mountinfo_has(mount->settings, "memory", NULL, 0);
    if (!is_it)
        return true;
    const char *rest = below(s->path, mount->root);
    if (rest == NULL || strstr(rest, "/..") != NULL || strcmp(rest, "/") == 0)
        rest = "";
    int length = snprintf(s->out->folder, sizeof s->out->folder, "%s%s", mount->place, rest);
    s->out->top = strlen(mount->place);
    s->is_found = length > 0 && (size_t)length < sizeof s->out->folder;
    return true; /* a later one covers this */
}

bool host_cgroup_find(host_cgroup_place *out, const char *text, const char *mountinfo) {
    char path[HOST_CGROUP_PATH_BYTES];
    *out = (host_cgroup_place){.top = 0};
    search s = {.out = out, .path = path};
    return host_cgroup_find_path(path, &out->is_unified, text) &&
           host_mountinfo_visit(mountinfo, see_mount, &s) && s.is_found;
}

bool host_cgroup_go_up(host_cgroup_place *place) {
    size_t length = strlen(place->folder);
    if (length <= place->top)
        return false;
    while (length > place->top && place->folder[length] != '/')
        length--;
    place->folder[length] = '\0';
    return true;
}

bool host_cgroup_parse_bytes(const char *text, uint64_t *out) {
    char *end;
    if (*text < '0' || *text > '9')
        return false;
    unsigned long long value = strtoull(text, &end, 10);
    /* v1 has the largest number of pages, which is some 2^63 bytes, for no limit. */
    if ((*end != '\0' && *end != '\n') || value >= UINT64_C(1) << 62)
        return false;
    *out = value;
    return true;
}

void host_cgroup_find_figure(const char *text, const char *name, uint64_t *out) {
    size_t length = strlen(name);
    while (*text != '\0') {
        size_t line = strcspn(text, "\n");
        if (line > length && strncmp(text, name, length) == 0 && text[length] == ' ' &&
            text[length + 1] >= '0' && text[length + 1] <= '9') {
            *out = strtoull(text + length + 1, NULL, 10);
            return;
        }
        text += line;
        text += *text == '\n';
    }
}
