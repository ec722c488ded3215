#include "channel/stranger.h"

#include <string.h>

#include "channel/consumers.h"
#include "channel/geometry.h"
#include "support/error.h"

/* Room for a command with three paths of usual length. Longer ones are described, so that the
 * sentence keeps its end. */
enum { REMOVAL_BYTES = 220 };

/* The command or sentence that removes a dead channel, and how much of the channel's name has room
 * beside it. */
typedef struct removal {
    char text[REMOVAL_BYTES];
    int name_bytes;
} removal;

static removal tell_removal(const ferryi_names *names) {
    removal r;
    /* A command has the name in it. */
    r.name_bytes = ferryi_shm_tell_removal(r.text, sizeof r.text, names->frames, names->consumers,
                                           names->event)
                       ? FERRY_NAME_MAX / 3
                       : FERRYI_NAME_BYTES;
    return r;
}

/* Whether what was seen is a channel of ours without a producer. */
static bool is_dead(const ferryi_shm_sight *sight) {
    return sight->is_readable && !sight->has_producer &&
           (ferryi_geometry_has_magic(sight->last) || ferryi_consumers_has_magic(sight->first));
}

static ferry_status say_dead(const ferryi_names *names, const ferryi_shm_sight *sight,
                             ferry_status status, ferry_error *error) {
    removal r = tell_removal(names);
    return ferryi_fail(error, status, sight->os_code,
                       "channel %.*s is dead: its producer, of another user, %s, was killed. That "
                       "user or root removes it (%s), or that user starts a producer of this name",
                       r.name_bytes, names->frames, sight->owner, r.text);
}

/* The object of the two that another user has put in a producer's way. */
static bool find_in_the_way(ferryi_shm_sight *out, const ferryi_names *names) {
    return ferryi_shm_look(out, names->frames) || ferryi_shm_look(out, names->consumers);
}

ferry_status ferryi_stranger_blocks(const ferryi_names *names, ferry_error *error) {
    ferryi_shm_sight sight;
    if (error == NULL || !find_in_the_way(&sight, names))
        return FERRY_NOT_ALLOWED;
    if (is_dead(&sight))
        return say_dead(names, &sight, FERRY_NOT_ALLOWED, error);
    if (sight.is_readable && sight.has_producer)
        return ferryi_fail(error, FERRY_NOT_ALLOWED, sight.os_code,
                           "channel %s has a live producer of another user, %s: end it, or choose "
                           "another name",
                           names->frames, sight.owner);
    if (sight.is_readable)
        return FERRY_NOT_ALLOWED; /* nothing of ours: error says whose it is */
    removal r = tell_removal(names);
    return ferryi_fail(error, FERRY_NOT_ALLOWED, sight.os_code,
                       "channel %.*s belongs to another user, %s, and whether its producer lives "
                       "could not be looked at: choose another name, or, if it is dead, have it "
                       "removed by that user or root (%s)",
                       r.name_bytes, names->frames, sight.owner, r.text);
}

ferry_status ferryi_stranger_refuses(const ferryi_names *names, ferry_error *error) {
    ferryi_shm_sight sight;
    if (!ferryi_shm_look(&sight, names->frames))
        return FERRY_NOT_ALLOWED;
    if (is_dead(&sight))
        return say_dead(names, &sight, FERRY_NO_PRODUCER, error);
    if (sight.is_readable || error == NULL)
        return FERRY_NOT_ALLOWED;
    ferry_error before = *error;
    removal r = tell_removal(names);
    const char *unknown = "whether its producer lives could not be looked at";
    const char *remedy = "if it is dead, that user or root removes it";
    size_t longest = strlen(before.message) + strlen(unknown) + strlen(remedy) + strlen(r.text);
    if (longest + sizeof "; ;  ()" <= sizeof before.message)
        return ferryi_fail(error, FERRY_NOT_ALLOWED, before.os_code, "%s; %s; %s (%s)",
                           before.message, unknown, remedy, r.text);
    return ferryi_fail(error, FERRY_NOT_ALLOWED, before.os_code, "%s; %s", before.message, unknown);
}

bool ferryi_stranger_lies_dead(const ferryi_names *names, ferry_error *error) {
    ferryi_shm_sight sight;
    if (!ferryi_shm_look(&sight, names->frames) || !is_dead(&sight))
        return false;
    say_dead(names, &sight, FERRY_NO_PRODUCER, error);
    return true;
}

bool ferryi_stranger_keeps(const char *name, ferry_error *error) {
    ferryi_shm_sight sight;
    if (!ferryi_shm_look(&sight, name))
        return false;
    ferryi_fail(error, FERRY_NOT_ALLOWED, sight.os_code,
                "%s belongs to another user, %s, and only that user or root may remove it", name,
                sight.owner);
    return true;
}
