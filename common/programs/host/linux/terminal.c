#define _GNU_SOURCE /* TIOCGWINSZ under -std=c11 */
#include "host/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

bool host_is_terminal(FILE *stream) {
    return isatty(fileno(stream)) == 1;
}

unsigned host_terminal_columns(FILE *stream) {
    struct winsize size = {.ws_col = 0};
    return ioctl(fileno(stream), TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}
