/* Terminals. Any thread. */
#ifndef HOST_TERMINAL_H
#define HOST_TERMINAL_H

#include <stdbool.h>
#include <stdio.h>

bool host_is_terminal(FILE *stream);

/* How many columns the terminal of a stream has now; 0: it does not say. Source: TIOCGWINSZ in
 * ioctl_tty(2), GetConsoleScreenBufferInfo. */
unsigned host_terminal_columns(FILE *stream);

#endif
