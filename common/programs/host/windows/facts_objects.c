/* Objects with names are listed by no function of Win32. */
#include "host/facts_objects.h"

#include <stdio.h>

void host_object_path(char path[HOST_OBJECT_PATH_BYTES], const char *channel,
                      host_object_part part) {
    static const char *const suffixes[] = {
        [HOST_OBJECT_CONSUMERS] = "~consumers", [HOST_OBJECT_EVENT] = "Mutex"};
    const char *suffix = part >= HOST_OBJECT_CONSUMERS ? suffixes[part] : "";
    snprintf(path, HOST_OBJECT_PATH_BYTES, "%s%s", channel, suffix);
}

bool host_visit_objects(void (*see)(void *argument, const host_object *object), void *argument) {
    (void)see;
    (void)argument;
    return false;
}
