/* The environment of a child. */
#ifndef FERRYI_PLATFORM_LINUX_ENVIRONMENT_H
#define FERRYI_PLATFORM_LINUX_ENVIRONMENT_H

#include <frameferry/child.h>

typedef struct ferryi_environment {
    char **list; /* ended by NULL, as execve wants it */
    char *name;  /* the one string in it that is ours */
} ferryi_environment;

/* A copy of the environment with what options changes. The strings stay those of the environment
 * and of options. FERRY_INVALID_ARGUMENT: a variable has no name. FERRY_NO_MEMORY. Freed with
 * ferryi_environment_free. */
ferry_status ferryi_environment_make(ferryi_environment *out, const ferry_child_options *options,
                                     ferry_error *error);

void ferryi_environment_free(ferryi_environment *environment);

#endif
