/* The users that a channel is shared with: rights on new objects, and objects that may be used.
 *
 * An object may be used if it is this user's own, whatever its mode: nobody else can make one that
 * is, so that its user has opened it. Another user's may be used if sharing is with a group, the
 * object has a group that this process is in (the very one, if sharing names it), and others than
 * the owner and the group have no access; or if sharing is with everyone. (On Windows a group is
 * all users of the machine, as everyone is.)
 *
 * Contract: any thread. To look up the name of a group or of a user may take as long as the
 * system's directory takes (nsswitch.conf(5)); what does not have to never blocks. */
#ifndef FERRYI_PLATFORM_SHARING_H
#define FERRYI_PLATFORM_SHARING_H

#include <frameferry/channel.h>
#include <frameferry/status.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct ferryi_sharing {
    uint32_t with;  /* a ferry_sharing of channel.h */
    bool has_group; /* with FERRY_SHARING_GROUP: only with this one */
    uint32_t group; /* the system's number */
} ferryi_sharing;

/* The choices of a caller, for the sentence that refuses all else. */
#define FERRYI_SHARING_CHOICES "FERRY_SHARING_NONE, FERRY_SHARING_GROUP or FERRY_SHARING_EVERYONE"

/* Not shared: only objects that this user has made are used. */
#define FERRYI_NOT_SHARED (&(const ferryi_sharing){.with = 0})

/* Looks up the group (a name, or a number in digits; NULL: none is named), which goes only with
 * FERRY_SHARING_GROUP. FERRY_INVALID_ARGUMENT: there is none of this name. FERRY_NOT_ALLOWED: this
 * process is not in it. FERRY_NOT_SUPPORTED: groups cannot be named on this system. */
ferry_status ferryi_sharing_make(ferryi_sharing *out, uint32_t with, const char *group,
                                 ferry_error *error);

/* The system's part of ferryi_sharing_make: the number of a group, if this process may share with
 * it. */
ferry_status ferryi_sharing_find_group(uint32_t *out, const char *name, ferry_error *error);

/* Returns the rights on a new object, in the bits of chmod(2): its user may read and write it;
 * users that it is shared with may read it, and write it if others_write. */
unsigned ferryi_sharing_mode(const ferryi_sharing *sharing, unsigned others_write);

#endif
