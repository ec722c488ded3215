/* The environment of a child.
 *
 * Contract: one thread at a time, while no other changes the environment of this process. */
#ifndef FERRYI_PLATFORM_ENVIRONMENT_H
#define FERRYI_PLATFORM_ENVIRONMENT_H

#include <frameferry/child.h>

typedef struct ferryi_environment {
    void *block; /* as the system takes it: a char * list ended by NULL (execve), or wchar_t strings
                  * one behind the other and an empty one (CreateProcessW) */
    char *name;  /* the string for the channel, which the block may point to; NULL: none */
} ferryi_environment;

/* A copy of this process's environment with what options change. The block may point to strings of
 * the environment and of options. FERRY_INVALID_ARGUMENT: a variable has no name, or is not UTF-8
 * where the system has to know. FERRY_NO_MEMORY. The caller ends *out with ferryi_environment_free.
 */
ferry_status ferryi_environment_make(ferryi_environment *out, const ferry_child_options *options,
                                     ferry_error *error);

void ferryi_environment_free(ferryi_environment *environment);

/* The system's part: the block for a list of changes that are NAME=VALUE, NAME or NAME*, ended by
 * NULL, of which the last counts for a variable. Names compare as the system does it. The command
 * is for the sentence. Freed with free. */
ferry_status ferryi_environment_block(void **out, const char *const *changes, const char *command,
                                      ferry_error *error);

#endif
