/* Commands, before they are started. */
#ifndef HOST_COMMAND_H
#define HOST_COMMAND_H

#include <frameferry/status.h>

/* Whether a command, as in ferry_child_start, names a program that can be started now. Returns
 * FERRY_OK, or what ferry_child_start would say of it: FERRY_INVALID_ARGUMENT, FERRY_NO_MEMORY,
 * FERRY_SYSTEM_ERROR (it is not there, or may not be run). A failure that shows only when it is
 * started is not found. Source: execvp(3), SearchPathW. */
ferry_status host_check_command(const char *command, ferry_error *error);

#endif
