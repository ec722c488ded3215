/* The environment of a child. */
#ifndef FERRYI_PLATFORM_WINDOWS_ENVIRONMENT_H
#define FERRYI_PLATFORM_WINDOWS_ENVIRONMENT_H

#include <frameferry/child.h>
#include <wchar.h>

typedef struct ferryi_environment {
    wchar_t *block; /* strings one behind the other, and an empty one, as CreateProcessW wants it */
} ferryi_environment;

/* A copy of the environment with what options changes. FERRY_INVALID_ARGUMENT: a variable has no
 * name, or is not UTF-8. FERRY_NO_MEMORY. Freed with ferryi_environment_free. */
ferry_status ferryi_environment_make(ferryi_environment *out, const ferry_child_options *options,
                                     ferry_error *error);

void ferryi_environment_free(ferryi_environment *environment);

#endif
