#include "platform/environment.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/error.h"

#define NAME_VARIABLE "FERRY_NAME="

static bool are_named(const char *const *changes) {
    for (; changes != NULL && *changes != NULL; changes++)
        if (**changes == '\0' || **changes == '=' || **changes == '*')
            return false;
    return true;
}

/* FERRY_NAME=channel, freed by the caller. */
static char *make_name(const char *channel) {
    size_t bytes = sizeof NAME_VARIABLE + strlen(channel);
    char *name = malloc(bytes);
    if (name != NULL)
        snprintf(name, bytes, "%s%s", NAME_VARIABLE, channel);
    return name;
}

/* The channel, unless name is NULL, then the changes of the caller, so that these count when there
 * are both. NULL: out of memory. Freed by the caller. */
static const char **list_changes(const char *name, const char *const *variables) {
    size_t count = 0, used = 0;
    while (variables != NULL && variables[count] != NULL)
        count++;
    const char **changes = calloc(count + 2, sizeof *changes);
    if (changes == NULL)
        return NULL;
    if (name != NULL)
        changes[used++] = name;
    for (size_t i = 0; i < count; i++)
        changes[used++] = variables[i];
    return changes;
}

ferry_status ferryi_environment_make(ferryi_environment *out, const ferry_child_options *options,
                                     ferry_error *error) {
    if (!are_named(options->variables))
        return ferryi_fail(error, FERRY_INVALID_ARGUMENT, 0,
                           "an entry of variables for \"%s\" has no name: give NAME=VALUE",
                           options->command);
    ferryi_environment made = {.block = NULL};
    if (options->channel != NULL)
        made.name = make_name(options->channel);
    const char **changes = list_changes(made.name, options->variables);
    ferry_status status;
    if (changes == NULL || (options->channel != NULL && made.name == NULL))
        status = ferryi_fail(error, FERRY_NO_MEMORY, 0, "no memory to start %s", options->command);
    else
        status = ferryi_environment_block(&made.block, changes, options->command, error);
    free((void *)changes);
    if (status == FERRY_OK)
        *out = made;
    else
        ferryi_environment_free(&made);
    return status;
}

void ferryi_environment_free(ferryi_environment *environment) {
    free(environment->block);
    free(environment->name);
    *environment = (ferryi_environment){.block = NULL};
}
