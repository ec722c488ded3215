#include "host/directory.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_CAPACITY = 64 };

typedef struct name_list {
    char **names;
    size_t count;
    size_t capacity;
} name_list;

static bool reserve(name_list *list) {
    if (list->count < list->capacity)
        return true;
    size_t capacity = list->capacity == 0 ? FIRST_CAPACITY : 2 * list->capacity;
    char **grown = realloc(list->names, capacity * sizeof *grown);
    if (grown == NULL)
        return false;
    list->names = grown;
    list->capacity = capacity;
    return true;
}

static bool append(void *argument, const char *name, bool is_listed) {
    name_list *list = argument;
    if (!is_listed)
        return true;
    if (!reserve(list))
        return false;
    size_t bytes = strlen(name) + 1;
    char *copy = malloc(bytes);
    if (copy == NULL)
        return false;
    memcpy(copy, name, bytes);
    list->names[list->count++] = copy;
    return true;
}

ferry_status host_list_directory(const char *path, char ***names, size_t *count,
                                 ferry_error *error) {
    name_list list = {.names = NULL};
    ferry_status status = host_walk_directory(path, HOST_WALK_LISTED, append, &list, error);
    if (status != FERRY_OK) {
        host_free_names(list.names, list.count);
        return status;
    }
    *names = list.names;
    *count = list.count;
    return FERRY_OK;
}

void host_free_names(char **names, size_t count) {
    for (size_t i = 0; i < count; i++)
        free(names[i]);
    free(names);
}

typedef struct visitor {
    void (*see)(void *argument, const char *name, bool is_directory);
    void *argument;
} visitor;

static bool visit(void *argument, const char *name, bool is_directory) {
    const visitor *v = argument;
    v->see(v->argument, name, is_directory);
    return true;
}

ferry_status host_visit_directory(const char *path,
                                  void (*see)(void *argument, const char *name, bool is_directory),
                                  void *argument, ferry_error *error) {
    visitor v = {.see = see, .argument = argument};
    return host_walk_directory(path, HOST_WALK_DIRECTORY, visit, &v, error);
}
