#include "host/linux/object_part.h"

#include <stdio.h>
#include <string.h>

#define CONSUMERS_SUFFIX "~consumers"
#define EVENT_PREFIX "sem."
#define EVENT_SUFFIX "Mutex"

/* Cuts a prefix and a suffix off; false: it does not have them, or nothing is left. */
static bool strip(char out[static FERRY_NAME_MAX + 1], const char *name, const char *prefix,
                  const char *suffix) {
    size_t length = strlen(name), front = strlen(prefix), back = strlen(suffix);
    if (length <= front + back || length - front - back > FERRY_NAME_MAX ||
        strncmp(name, prefix, front) != 0 || strcmp(name + length - back, suffix) != 0)
        return false;
    memcpy(out, name + front, length - front - back);
    out[length - front - back] = '\0';
    return ferry_name_check(out, NULL) == FERRY_OK;
}

host_object_part host_object_part_of(char channel[static FERRY_NAME_MAX + 1], const char *entry) {
    if (strip(channel, entry, "", CONSUMERS_SUFFIX))
        return HOST_OBJECT_CONSUMERS;
    if (strip(channel, entry, EVENT_PREFIX, EVENT_SUFFIX))
        return HOST_OBJECT_EVENT;
    return strip(channel, entry, "", "") ? HOST_OBJECT_FRAMES : HOST_OBJECT_NONE;
}

void host_object_name(char name[static HOST_OBJECT_NAME_BYTES], const char *channel,
                      host_object_part part) {
    snprintf(name, HOST_OBJECT_NAME_BYTES, "%s%s%s", part == HOST_OBJECT_EVENT ? EVENT_PREFIX : "",
             channel,
             part == HOST_OBJECT_EVENT       ? EVENT_SUFFIX
             : part == HOST_OBJECT_CONSUMERS ? CONSUMERS_SUFFIX
                                             : "");
}
