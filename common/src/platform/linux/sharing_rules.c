/* Source: chown(2), chmod(2), getgroups(2), getgrnam(3), getpwnam(3), credentials(7). */
#define _GNU_SOURCE
#include "platform/linux/sharing_rules.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <frameferry/channel.h>

#include "support/error.h"

/* ---- names and numbers ---- */

/* One question to the system's directory of users and groups. */
typedef struct lookup {
    const char *name; /* what is asked for: a name, or a number */
    id_t id;
    struct passwd user; /* the answer, whose strings lie in the buffer */
    struct group group;
    bool is_found;
    char *buffer;
    size_t bytes;
} lookup;

typedef int question(lookup *l); /* 0, or errno */

static int ask_user(lookup *l) {
    struct passwd *found = NULL;
    int code = getpwuid_r(l->id, &l->user, l->buffer, l->bytes, &found);
    l->is_found = found != NULL;
    return code;
}

static int ask_group(lookup *l) {
    struct group *found = NULL;
    int code = getgrgid_r(l->id, &l->group, l->buffer, l->bytes, &found);
    l->is_found = found != NULL;
    return code;
}

static int ask_group_name(lookup *l) {
    struct group *found = NULL;
    int code = getgrnam_r(l->name, &l->group, l->buffer, l->bytes, &found);
    l->is_found = found != NULL;
    return code;
}

/* Asks with a buffer that grows until the answer fits: a group can have thousands of members. The
 * caller frees the buffer. 0, or errno; nothing need be found either way. */
static int ask(lookup *l, question *put) {
    enum { FIRST_BYTES = 1024, MOST_BYTES = 1 << 24 };
    int code = ERANGE;
    for (l->bytes = FIRST_BYTES; code == ERANGE && l->bytes <= MOST_BYTES; l->bytes *= 2) {
        char *larger = realloc(l->buffer, l->bytes);
        if (larger == NULL)
            return ENOMEM;
        l->buffer = larger;
        code = put(l);
    }
    return code;
}

static void write_name(char text[static FERRYI_OWNER_BYTES], const char *name, id_t id) {
    enum { NAME_MOST = 32 }; /* what is longer is cut */
    if (name != NULL)
        snprintf(text, FERRYI_OWNER_BYTES, "%.*s (id %u)", NAME_MOST, name, (unsigned)id);
    else
        snprintf(text, FERRYI_OWNER_BYTES, "id %u", (unsigned)id);
}

void ferryi_sharing_name_owner(char text[static FERRYI_OWNER_BYTES], uid_t owner) {
    lookup l = {.id = owner};
    ask(&l, ask_user);
    write_name(text, l.is_found ? l.user.pw_name : NULL, owner);
    free(l.buffer);
}

static void name_group(char text[static FERRYI_OWNER_BYTES], gid_t group) {
    lookup l = {.id = group};
    ask(&l, ask_group);
    write_name(text, l.is_found ? l.group.gr_name : NULL, group);
    free(l.buffer);
}

/* ---- this process's groups ---- */

static bool is_among(gid_t group, const gid_t *groups, int count) {
    for (int i = 0; i < count; i++)
        if (groups[i] == group)
            return true;
    return false;
}

/* Whether this process is in a group: its effective one, or one of the supplementary ones. */
static bool is_member(gid_t group) {
    if (group == getegid())
        return true;
    int count = getgroups(0, NULL);
    gid_t *groups = count > 0 ? calloc((size_t)count, sizeof *groups) : NULL;
    /* Another thread may have changed how many there are: then none is believed. */
    bool found = groups != NULL && is_among(group, groups, getgroups(count, groups));
    free(groups);
    return found;
}

/* ---- choosing ---- */

/* A number in decimal digits that can be a group's. */
static bool parse_number(const char *text, gid_t *out) {
    uint64_t number = 0;
    if (*text == '\0')
        return false;
    for (const char *c = text; *c != '\0'; c++) {
        if (*c < '0' || *c > '9')
            return false;
        number = number * 10 + (uint64_t)(*c - '0');
        if (number >= (gid_t)-1) /* which stands for "no change" */
            return false;
    }
    *out = (gid_t)number;
    return true;
}

/* A name first, then a number, as chgrp(1). */
static ferry_status find_group(gid_t *out, const char *name, ferry_error *error) {
    lookup l = {.name = name};
    int code = ask(&l, ask_group_name);
    if (l.is_found)
        *out = l.group.gr_gid;
    free(l.buffer);
    if (code == ENOMEM)
        return ferryi_fail(error, FERRY_NO_MEMORY, 0, "out of memory");
    if (l.is_found || parse_number(name, out))
        return FERRY_OK;
    return ferryi_fail(error, FERRY_INVALID_ARGUMENT, code,
                       "there is no group \"%.100s\": name one that both sides are in (id says "
                       "which these are), or make it (groupadd)",
                       name);
}

static ferry_status not_in(const char *group, int code, ferry_error *error) {
    return ferryi_fail(error, FERRY_NOT_ALLOWED, code,
                       "this process is not in group %.100s, and cannot share a channel with it: "
                       "have its user added (usermod -aG) and log in anew, or name a group that it "
                       "is in (id says which these are)",
                       group);
}

ferry_status ferryi_sharing_find_group(uint32_t *out, const char *name, ferry_error *error) {
    gid_t number = 0;
    ferry_status status = find_group(&number, name, error);
    if (status != FERRY_OK)
        return status;
    /* Root may give its objects any group, and open those of any. */
    if (geteuid() != 0 && !is_member(number))
        return not_in(name, 0, error);
    *out = number;
    return FERRY_OK;
}

/* ---- making ---- */

unsigned ferryi_sharing_mode(const ferryi_sharing *sharing, unsigned others_write) {
    switch (sharing->with) {
    case FERRY_SHARING_NONE: return 0600;
    case FERRY_SHARING_GROUP: return others_write ? 0660 : 0640;
    default: return others_write ? 0666 : 0644;
    }
}

ferry_status ferryi_sharing_apply(const ferryi_sharing *sharing, int descriptor,
                                  unsigned others_write, ferry_error *error) {
    bool has_group = sharing->with == FERRY_SHARING_GROUP;
    gid_t group = sharing->has_group ? sharing->group : getegid();
    mode_t mode = (mode_t)ferryi_sharing_mode(sharing, others_write);
    struct stat about;
    if (has_group && fchown(descriptor, (uid_t)-1, group) != 0) {
        char text[FERRYI_OWNER_BYTES];
        int code = errno;
        name_group(text, group);
        errno = code;
        return code == EPERM
                   ? not_in(text, code, error)
                   : ferryi_fail_errno(error, code, "cannot give an object to group %s", text);
    }
    /* The mode last, since it must hold for this group and no other; it is not what open was given,
     * which the umask cuts down. */
    if (fchmod(descriptor, mode) != 0 || fstat(descriptor, &about) != 0)
        return ferryi_fail_errno(error, errno, "cannot set the mode of an object");
    if ((about.st_mode & 07777) == mode && (!has_group || about.st_gid == group))
        return FERRY_OK;
    errno = ENOTSUP;
    return ferryi_fail(
        error, FERRY_SYSTEM_ERROR, ENOTSUP,
        "the system does not keep the mode and group of an object (mode %04o instead "
        "of %04o), so that it cannot be said who would get in",
        (unsigned)about.st_mode & 07777, (unsigned)mode);
}

/* ---- using ---- */

static bool is_open_to_all(const struct stat *about) {
    return (about->st_mode & S_IRWXO) != 0;
}

/* Whether another user's file is one of those that this is shared with. */
static bool is_shared(const ferryi_sharing *sharing, const struct stat *about) {
    if (sharing->with == FERRY_SHARING_EVERYONE)
        return true;
    if (sharing->with != FERRY_SHARING_GROUP || is_open_to_all(about))
        return false;
    return sharing->has_group ? about->st_gid == sharing->group : is_member(about->st_gid);
}

/* How another user's file could be used, for a process that shares with no other users. */
static const char *remedy_unshared(const struct stat *about) {
    if (is_open_to_all(about))
        return "is open to all users: if all of them are to be trusted, turn sharing with everyone "
               "on (--everyone)";
    if ((about->st_mode & S_IRGRP) != 0 && is_member(about->st_gid))
        return "is shared with a group that this process is in: turn group sharing on here "
               "(--group)";
    return "is not shared with this user: have it shared with a group that both are in "
           "(ferry-producer --group=NAME), and turn group sharing on here (--group)";
}

/* The same for a process that shares with a group, or with everyone. */
static const char *remedy_shared(const ferryi_sharing *sharing, const struct stat *about) {
    if (sharing->with == FERRY_SHARING_EVERYONE)
        return "is not open to everyone: have it shared with everyone (ferry-producer "
               "--everyone), or with a group that both are in (--group=NAME on both sides)";
    if (is_open_to_all(about))
        return "is open to others than its group, and hence not trusted: have it shared with a "
               "group alone (ferry-producer --group)";
    if (sharing->has_group && about->st_gid != sharing->group)
        return "has another group than the one named here: name the same group on both sides "
               "(--group=NAME)";
    if (!is_member(about->st_gid) && geteuid() == 0)
        return "has a group that root is not in, but may name: name it here (--group=NAME)";
    if (!is_member(about->st_gid))
        return "has a group that this process is not in: have it shared with one that both are in "
               "(ferry-producer --group=NAME)";
    return "is not open to its group for this: have it shared with it (ferry-producer --group)";
}

static ferry_status refuse(const ferryi_sharing *sharing, const struct stat *about, int code,
                           const char *path, ferry_error *error) {
    if (error == NULL) /* saves looking up names */
        return FERRY_NOT_ALLOWED;
    char owner[FERRYI_OWNER_BYTES], group[FERRYI_OWNER_BYTES];
    ferryi_sharing_name_owner(owner, about->st_uid);
    name_group(group, about->st_gid);
    return ferryi_fail(error, FERRY_NOT_ALLOWED, code,
                       "%s belongs to another user, %s (group %s, mode %04o), and %s", path, owner,
                       group, (unsigned)about->st_mode & 07777,
                       sharing->with == FERRY_SHARING_NONE ? remedy_unshared(about)
                                                           : remedy_shared(sharing, about));
}

ferry_status ferryi_sharing_check(const ferryi_sharing *sharing, const struct stat *about,
                                  const char *path, ferry_error *error) {
    if (about->st_uid == geteuid() || is_shared(sharing, about))
        return FERRY_OK;
    return refuse(sharing, about, 0, path, error);
}

static ferry_status refuse_permission(const ferryi_sharing *sharing, int code, const char *path,
                                      ferry_error *error) {
    struct stat about;
    /* A file in a folder can be looked at whatever its own mode is. */
    if ((code != EACCES && code != EPERM) || lstat(path, &about) != 0)
        return ferryi_fail_errno(error, code, "cannot open %s", path);
    if (about.st_uid == geteuid())
        return ferryi_fail_errno(error, code, "cannot open %s (mode %04o)", path,
                                 (unsigned)about.st_mode & 07777);
    return refuse(sharing, &about, code, path, error);
}

ferry_status ferryi_sharing_refuse(const ferryi_sharing *sharing, int code, const char *path,
                                   const char *foreign, ferry_error *error) {
    switch (code) {
    case ENOENT: return ferryi_fail(error, FERRY_NO_PRODUCER, code, "there is no %s", path);
    case EWOULDBLOCK: /* a process asks whether it is in use (ferryi_names_is_alone), and is stopped
                       */
        return ferryi_fail(error, FERRY_NO_PRODUCER, code, "%s is just being removed", path);
    case ELOOP: /* O_NOFOLLOW: a symbolic link */
    case EISDIR:
    case ENXIO: /* a socket, or a pipe that nobody reads */
        return ferryi_fail(error, FERRY_FOREIGN, code, "%s %s", path, foreign);
    default: return refuse_permission(sharing, code, path, error);
    }
}
