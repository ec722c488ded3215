/* Owners and modes of objects in shared memory, and what was left there. */
#include <string.h>

#include "doctor.h"
#include "host/host.h"

enum { OTHERS_WRITE = 02, OTHERS_ACCESS = 07, GROUP_ACCESS = 070 };

static bool is_left(const host_object *o) {
    return o->part == HOST_OBJECT_EVENT && !o->has_frames && !o->has_consumers;
}

/* One object speaks for the others of its channel. */
static bool speaks(const host_object *o) {
    return o->part == HOST_OBJECT_CONSUMERS ||
           (o->part == HOST_OBJECT_EVENT && o->has_frames && !o->has_consumers);
}

static void judge_left(doctor *d, const host_object *o, const char *path) {
    if (!o->is_unused)
        return;
    doctor_find(d, DOCTOR_WARN,
                "the semaphore %s is left without a channel, and no process uses it", path);
    doctor_advise(d, "rm %s, unless it is a program's that is not running now", path);
}

static void judge_owner(doctor *d, const host_object *o) {
    doctor_find(d, DOCTOR_WARN, "channel %s belongs to another user, %s", o->channel, o->owner);
    if (o->is_of_root)
        doctor_advise(d, "start its producer without sudo; or ");
    if ((o->mode & OTHERS_ACCESS) != 0)
        doctor_advise(d, "use it with --everyone, as its producer has it");
    else if ((o->mode & GROUP_ACCESS) != 0)
        doctor_advise(d, "use it with --group, as a member of its group");
    else
        doctor_advise(d, "run both sides as one user, or give both --group=NAME (or --everyone)");
}

static void judge_mode(doctor *d, const host_object *o, const char *path) {
    doctor_find(d, DOCTOR_WARN, "every user of the machine may write %s (mode %04o)", path,
                o->mode);
    doctor_advise(d, "--group=NAME in the place of --everyone lets only a group in");
}

static void see(void *argument, const host_object *o) {
    doctor *d = argument;
    char path[HOST_OBJECT_PATH_BYTES];
    bool is_of_channel = o->has_consumers || o->part != HOST_OBJECT_FRAMES;
    if (d->name != NULL && strcmp(d->name, o->channel) != 0)
        return;
    d->channel = o->channel;
    host_object_path(path, o->channel, o->part);
    if (is_of_channel && !o->is_plain) {
        doctor_find(d, DOCTOR_WARN, "%s is no plain file", path);
        doctor_advise(d, "remove it, or use another name for the channel");
    } else if (is_left(o)) {
        judge_left(d, o, path);
    } else {
        if (!o->is_own && speaks(o))
            judge_owner(d, o);
        if (is_of_channel && (o->mode & OTHERS_WRITE) != 0)
            judge_mode(d, o, path);
    }
    doctor_finish(d); /* o is gone afterwards */
}

void doctor_check_objects(doctor *d) {
    host_visit_objects(see, d);
}
