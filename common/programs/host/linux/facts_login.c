/* Source: logind.conf(5), loginctl(1), getpwuid(3). */
#define _GNU_SOURCE
#include "host/facts_login.h"

#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host/linux/logind_conf.h"

/* As systemd is built everywhere known: uid_is_system. */
enum { SYSTEM_USER_MOST = 999 };

static void name_user(char *out, size_t capacity, uid_t user) {
    char room[4096];
    struct passwd entry, *found = NULL;
    if (getpwuid_r(user, &entry, room, sizeof room, &found) == 0 && found != NULL)
        snprintf(out, capacity, "%s", found->pw_name);
    else
        snprintf(out, capacity, "%lu", (unsigned long)user);
}

static bool is_there(const char *path) {
    return access(path, F_OK) == 0;
}

bool host_get_login_facts(host_login_facts *out) {
    char path[128];
    *out = (host_login_facts){.user = ""};
    name_user(out->user, sizeof out->user, geteuid());
    /* logind keeps these folders while it runs. */
    out->has_manager = is_there("/run/systemd/seats") && is_there("/run/systemd/sessions");
    out->removes_memory = host_logind_conf_removes("");
    out->is_system_user = geteuid() <= SYSTEM_USER_MOST;
    snprintf(path, sizeof path, "/var/lib/systemd/linger/%s", out->user);
    out->lingers = strchr(out->user, '/') == NULL && is_there(path);
    return true;
}
