/* Whether the system takes a user's shared memory away when the user logs out. Any thread; naming
 * the user takes as long as the system's directory of users does. */
#ifndef HOST_FACTS_LOGIN_H
#define HOST_FACTS_LOGIN_H

#include <stdbool.h>

typedef struct host_login_facts {
    bool has_manager;    /* a service of the system watches logins */
    bool removes_memory; /* it is set to remove a user's objects with the last session */
    bool is_system_user; /* whose objects it never removes */
    bool lingers;        /* the user stays logged in, in its eyes */
    char user[64];       /* this one; a number if there is no name */
} host_login_facts;

/* Source: logind.conf(5), RemoveIPC=; loginctl(1), enable-linger. False: the system does no such
 * thing (Windows, where memory goes with its last user). */
bool host_get_login_facts(host_login_facts *out);

#endif
