#include "host/reader.h"

#include <signal.h>
#include <unistd.h>

#include "host/linux/flow.h"

bool host_has_lost_reader(void) {
    return host_flow_has_lost_reader(STDOUT_FILENO);
}

bool host_is_broken_pipe(bool exited, int32_t code) {
    return code == (exited ? 128 + SIGPIPE : SIGPIPE);
}
