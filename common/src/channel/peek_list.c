/* The names of channels. */
#include <frameferry/peek.h>

#include <stdlib.h>
#include <string.h>

#include "channel/names.h"
#include "platform/glance.h"
#include "platform/shm.h"
#include "support/error.h"
#include "support/need.h"

typedef struct list {
    ferry_peek_name *names;
    size_t count, room;
    bool wants_all;
    bool has_no_memory;
} list;

static bool add(list *l, const char *name) {
    enum { ROOM_AT_FIRST = 64 };
    if (l->count == l->room) {
        size_t room = l->room == 0 ? ROOM_AT_FIRST : 2 * l->room;
        ferry_peek_name *names = realloc(l->names, room * sizeof *names);
        if (names == NULL) {
            l->has_no_memory = true;
            return false;
        }
        l->names = names;
        l->room = room;
    }
    ferry_peek_name *added = &l->names[l->count++];
    memset(added, 0, sizeof *added);
    memcpy(added->name, name, strlen(name)); /* which is_listed has measured */
    return true;
}

/* A channel of this library has an object for its consumers, and a program that knows only the
 * layout of a dialect has an event. */
static bool is_channel(const char *name) {
    ferryi_names names;
    return ferryi_names_make(&names, name, NULL) == FERRY_OK &&
           (ferryi_glance_has_object(names.consumers) || ferryi_glance_has_event(names.event));
}

/* Whether a name can be one of the list: that of a channel, which names the same channel in a call,
 * and has room. With a session in front it may be too long. */
static bool is_listed(const char *name) {
    return ferry_name_check(name, NULL) == FERRY_OK && strlen(name) <= FERRY_NAME_MAX &&
           (ferryi_shm_has_sessions() || strchr(name, '\\') == NULL);
}

static bool see(void *argument, const char *object) {
    list *l = argument;
    char name[FERRY_NAME_MAX + 1];
    /* Also when it is all that is left of a channel. */
    if (ferryi_names_of_consumers(name, object) && is_listed(name))
        return add(l, name);
    if (is_listed(object) && (l->wants_all || is_channel(object)))
        return add(l, object);
    return true;
}

static int compare(const void *one, const void *other) {
    return strcmp(((const ferry_peek_name *)one)->name, ((const ferry_peek_name *)other)->name);
}

/* Sorts the names, of which a channel of ours has brought two. */
static void sort(list *l) {
    if (l->count == 0)
        return;
    qsort(l->names, l->count, sizeof *l->names, compare);
    size_t kept = 1;
    for (size_t i = 1; i < l->count; i++)
        if (compare(&l->names[kept - 1], &l->names[i]) != 0)
            l->names[kept++] = l->names[i];
    l->count = kept;
}

ferry_status ferry_peek_list(ferry_peek_name *names, size_t capacity, size_t *count, uint32_t which,
                             ferry_error *error) {
    ferry_status status = ferryi_need(count, "count", error);
    if (status != FERRY_OK)
        return status;
    *count = 0;
    if (capacity > 0)
        status = ferryi_need(names, "names", error);
    if (status == FERRY_OK)
        status = ferryi_need_choice(which, FERRY_PEEK_ALL, "which",
                                    "FERRY_PEEK_CHANNELS or FERRY_PEEK_ALL", error);
    if (status != FERRY_OK)
        return status;
    list l = {.wants_all = which == FERRY_PEEK_ALL};
    status = ferryi_glance_list(see, &l, error);
    if (status == FERRY_OK && l.has_no_memory)
        status = ferryi_fail(error, FERRY_NO_MEMORY, 0, "out of memory");
    if (status == FERRY_OK) {
        sort(&l);
        *count = l.count;
        if (capacity > 0 && l.count > 0)
            memcpy(names, l.names, (l.count < capacity ? l.count : capacity) * sizeof *names);
    }
    free(l.names);
    return status;
}
