/* The values of --exec and --launch. */
#ifndef APP_COMMAND_H
#define APP_COMMAND_H

#include <stdbool.h>

/* Whether a command can be started, as far as that can be told before; if not, that has been said
 * under the option's name. Warns where it has words that only a shell would take for more than
 * words. */
bool app_command_check(const char *option, const char *command);

#endif
