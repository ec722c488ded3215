#define _GNU_SOURCE /* environ */
#include "platform/environment.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/error.h"

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
    for (; *changes != NULL; changes++)
        if (concerns(*changes, entry))
            return true;
    return false;
}

/* Ends up with a NULL, which the list has room for and begins with. */
static void choose(char **list, const char *const *changes) {
    size_t used = 0;
    for (char **entry = environ; entry != NULL && *entry != NULL; entry++)
        if (!is_changed(changes, *entry))
            list[used++] = *entry;
    /* execve takes strings that can be written to, and does not write. */
    for (; *changes != NULL; changes++)
        if (strchr(*changes, '=') != NULL && !is_changed(changes + 1, *changes))
            memcpy(&list[used++], changes, sizeof *changes);
}

ferry_status ferryi_environment_block(void **out, const char *const *changes, const char *command,
                                      ferry_error *error) {
    size_t count = count_entries((const char *const *)environ) + count_entries(changes);
    char **list = calloc(count + 1, sizeof *list);
    if (list == NULL)
        return ferryi_fail(error, FERRY_NO_MEMORY, 0, "no memory to start %s", command);
    choose(list, changes);
    *out = list;
    return FERRY_OK;
}
