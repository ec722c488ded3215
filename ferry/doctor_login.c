/* Objects that go with a user's last session. */
#include "doctor.h"
#include "host/host.h"

void doctor_check_login(doctor *d) {
    host_login_facts l;
    if (!host_get_login_facts(&l) || !l.has_manager)
        return;
    if (l.is_system_user)
        doctor_find(d, DOCTOR_OK, "channels stay at logout: %s is a system user", l.user);
    else if (!l.removes_memory)
        doctor_find(d, DOCTOR_OK, "channels stay at logout (RemoveIPC=no)");
    else if (l.lingers)
        doctor_find(d, DOCTOR_OK, "channels stay at logout: user %s lingers", l.user);
    else {
        doctor_find(d, DOCTOR_WARN,
                    "logind removes the channels of user %s when the last session ends", l.user);
        doctor_advise(d,
                      "for producers that should outlive it, loginctl enable-linger %s, or "
                      "RemoveIPC=no in /etc/systemd/logind.conf",
                      l.user);
    }
}
