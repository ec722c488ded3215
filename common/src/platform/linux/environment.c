#define _GNU_SOURCE /* environ */
#include "platform/linux/environment.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/error.h"

#define NAME_VARIABLE "FERRY_NAME="

static size_t count_entries(const char *const *list) {
    size_t count = 0;
    while (list != NULL && list[count] != NULL)
        count++;
    return count;
}

/* Whether change sets or takes away the variable of entry, which is "NAME=VALUE". */
static bool concerns(const char *change, const char *entry) {
    size_t length = strcspn(change, "=");
    if (change[length] == '\0' && length > 0 && change[length - 1] == '*')
        return strncmp(entry, change, length - 1) == 0;
    return strncmp(entry, change, length) == 0 && entry[length] == '=';
}

static bool is_changed(const char *const *changes, const char *entry) {
    for (; changes != NULL && *changes != NULL; changes++)
        if (concerns(*changes, entry))
            return true;
    return false;
}

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

static void fill(ferryi_environment *e, const char *const *changes) {
    size_t used = 0;
    for (char **entry = environ; entry != NULL && *entry != NULL; entry++)
        if (!is_changed(changes, *entry) && (e->name == NULL || !concerns(e->name, *entry)))
            e->list[used++] = *entry;
    if (e->name != NULL && !is_changed(changes, e->name))
        e->list[used++] = e->name;
    /* execve takes strings that can be written to, and does not write. */
    for (; changes != NULL && *changes != NULL; changes++)
        if (strchr(*changes, '=') != NULL && !is_changed(changes + 1, *changes))
            memcpy(&e->list[used++], changes, sizeof *changes);
    e->list[used] = NULL;
}

ferry_status ferryi_environment_make(ferryi_environment *out, const ferry_child_options *options,
                                     ferry_error *error) {
    if (!are_named(options->variables))
        return ferryi_fail(error, FERRY_INVALID_ARGUMENT, 0,
                           "an entry of variables for \"%s\" has no name: give NAME=VALUE",
                           options->command);
    size_t count = count_entries((const char *const *)environ) + count_entries(options->variables);
    ferryi_environment made = {.list = calloc(count + 2, sizeof *made.list)};
    if (made.list != NULL && options->channel != NULL)
        made.name = make_name(options->channel);
    if (made.list == NULL || (options->channel != NULL && made.name == NULL)) {
        ferryi_environment_free(&made);
        return ferryi_fail(error, FERRY_NO_MEMORY, 0, "no memory to start %s", options->command);
    }
    fill(&made, options->variables);
    *out = made;
    return FERRY_OK;
}

void ferryi_environment_free(ferryi_environment *environment) {
    free(environment->list);
    free(environment->name);
    *environment = (ferryi_environment){.list = NULL};
}
