#include "channel/advice.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "platform/glance.h"
#include "platform/shm.h"

/* Something that programs of a convention have beside their memory. */
typedef struct companion {
    const char *dialect;
    const char *name;
    bool (*exists)(const char *name);
} companion;

static const companion companions[] = {
    {"mutex", "Semaphore", ferryi_glance_has_semaphore},
    {"lockstep", "readSemaphore", ferryi_glance_has_semaphore},
    {"lockstep", "writeSemaphore", ferryi_glance_has_semaphore},
    {"rwevents", "ShareMemoryReadEvent", ferryi_glance_has_event},
    {"rwevents", "ShareMemoryWriteEvent", ferryi_glance_has_event},
};
enum { COUNT = sizeof companions / sizeof companions[0] };

/* The convention without companions, whose memory has a name and a size. */
#define FILE_DIALECT "file"
#define FILE_NAME "shared_memory"
enum { FILE_BYTES = 5120, FILE_WHOLE_PAGES = 8192 };

#define ALL_DIALECTS "mutex, lockstep, duplex, rwevents, file or qt"

static bool is_there(const companion *c) {
    char global[64];
    if (c->exists(c->name))
        return true;
    snprintf(global, sizeof global, "Global\\%s", c->name);
    return ferryi_shm_has_sessions() && c->exists(global);
}

static bool is_file(const char *name, uint64_t end_bytes) {
    return strcmp(name, FILE_NAME) == 0 &&
           (end_bytes == FILE_BYTES || end_bytes == FILE_WHOLE_PAGES);
}

/* Lists the dialects whose signs are there, each once; "" when there are none. */
static void find(char *out, size_t bytes, const char *name, uint64_t end_bytes) {
    const char *last = is_file(name, end_bytes) ? FILE_DIALECT : NULL;
    size_t used = (size_t)snprintf(out, bytes, "%s", last != NULL ? last : "");
    for (size_t i = 0; i < COUNT; i++) {
        const companion *c = &companions[i];
        if ((last != NULL && strcmp(last, c->dialect) == 0) || !is_there(c))
            continue;
        used +=
            (size_t)snprintf(out + used, bytes - used, "%s%s", used > 0 ? " or " : "", c->dialect);
        last = c->dialect;
    }
}

void ferryi_advice_write(char out[FERRYI_ADVICE_BYTES], const char *name, uint64_t end_bytes) {
    char found[64]; /* all of them fit */
    find(found, sizeof found, name, end_bytes);
    snprintf(out, FERRYI_ADVICE_BYTES,
             "it may belong to a program of another convention: try --dialect %s "
             "(docs/old-programs.md), choose another name, or %s",
             found[0] != '\0' ? found : ALL_DIALECTS, ferryi_shm_tell_freeing());
}

ferry_status ferryi_advice_refuse(const char *name, ferry_error *error) {
    char advice[FERRYI_ADVICE_BYTES];
    if (error == NULL)
        return FERRY_FOREIGN;
    ferryi_advice_write(advice, name, 0);
    size_t used = strlen(error->message);
    snprintf(error->message + used, sizeof error->message - used, ": %s", advice);
    return FERRY_FOREIGN;
}
