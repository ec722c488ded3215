#include "host/reader.h"

#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

bool host_has_lost_reader(void) {
    struct stat found;
    struct pollfd wait = {.fd = STDOUT_FILENO, .events = POLLOUT};
    return fstat(STDOUT_FILENO, &found) == 0 && !S_ISREG(found.st_mode) && poll(&wait, 1, 0) > 0 &&
           (wait.revents & (POLLERR | POLLHUP)) != 0;
}

bool host_is_broken_pipe(bool exited, int32_t code) {
    return code == (exited ? 128 + SIGPIPE : SIGPIPE);
}
