#include "doctor.h"
#include "host/host.h"

typedef struct cameras {
    doctor *d;
    size_t usable, all;
} cameras;

static void see(void *argument, const host_camera *camera) {
    cameras *c = argument;
    host_login_facts l = {.user = ""};
    c->all++;
    if (camera->may_use) {
        c->usable++;
        return;
    }
    host_get_login_facts(&l);
    doctor_find(c->d, DOCTOR_WARN, "user %s may not use the camera %s", l.user, camera->path);
    doctor_advise(c->d, "as root, usermod -aG %s %s, and log in again", camera->group, l.user);
}

void doctor_check_cameras(doctor *d) {
    cameras c = {.d = d};
    if (!host_visit_cameras(see, &c))
        return;
    if (c.all == 0)
        doctor_find(d, DOCTOR_OK, "there is no camera (/dev/video*)");
    else if (c.usable > 0)
        doctor_find(d, DOCTOR_OK, "%zu of %zu files of cameras (/dev/video*) can be used", c.usable,
                    c.all);
}
