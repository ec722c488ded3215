#include "host/facts_login.h"

bool host_get_login_facts(host_login_facts *out) {
    *out = (host_login_facts){.user = ""};
    return false;
}
