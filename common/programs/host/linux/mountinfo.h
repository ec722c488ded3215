/* The mounts of a process: /proc/PID/mountinfo. Source: proc_pid_mountinfo(5). */
#ifndef HOST_LINUX_MOUNTINFO_H
#define HOST_LINUX_MOUNTINFO_H

#include <stdbool.h>

typedef struct host_mount {
    char device[32];     /* MAJOR:MINOR */
    char root[1024];     /* the folder of the file system that lies there */
    char place[1024];    /* where it lies */
    char options[256];   /* of this mount; may be cut */
    char kind[64];       /* of the file system */
    char source[256];    /* may be cut */
    char settings[1024]; /* of the file system; may be cut */
} host_mount;

/* Takes a line apart, and turns escaped characters back. False: it is not such a line, or a path in
 * it is too long. */
bool host_mountinfo_parse(host_mount *out, const char *line);

/* Calls see with each mount in a file such as /proc/self/mountinfo, in the order of mounting, until
 * it returns false; with some ten thousand at most. False: the file cannot be read, or is empty. */
bool host_mountinfo_visit(const char *path, bool (*see)(void *argument, const host_mount *mount),
                          void *argument);

/* Finds the mount that was made last at a place. All empty: there is none. False as above. */
bool host_mountinfo_find(host_mount *out, const char *path, const char *place);

/* Whether a list with commas between has this word, such as "ro", or a word that begins with it, if
 * it ends with '=': the value is copied then, unless value is NULL. */
bool host_mountinfo_has(const char *list, const char *word, char *value, unsigned value_bytes);

#endif
