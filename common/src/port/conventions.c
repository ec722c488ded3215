/* The only file of ports that names a convention. */
#include "port/conventions.h"

#include <string.h>

#include "dialect/baseimage_port.h"
#include "dialect/duplex.h"
#include "dialect/file.h"
#include "dialect/lockstep.h"
#include "dialect/mutex.h"
#include "dialect/qt.h"
#include "dialect/rwevents.h"

static const ferryi_convention *const conventions[] = {&ferryi_convention_baseimage,
                                                       &ferryi_convention_mutex,
                                                       &ferryi_convention_lockstep,
                                                       &ferryi_convention_duplex,
                                                       &ferryi_convention_duplex_single,
                                                       &ferryi_convention_duplex_mutexes,
                                                       &ferryi_convention_rwevents,
                                                       &ferryi_convention_file,
                                                       &ferryi_convention_qt};
enum { COUNT = sizeof conventions / sizeof conventions[0] };

static const char *const words[FERRY_PORT_OBJECTS] = {
    [FERRY_PORT_MEMORY] = "memory",       [FERRY_PORT_SEMAPHORE] = "semaphore",
    [FERRY_PORT_READ] = "read",           [FERRY_PORT_WRITE] = "write",
    [FERRY_PORT_EVENT] = "event",         [FERRY_PORT_LOCK] = "lock",
    [FERRY_PORT_BACK] = "back",           [FERRY_PORT_BACK_SEMAPHORE] = "back-semaphore",
    [FERRY_PORT_BACK_READ] = "back-read", [FERRY_PORT_BACK_WRITE] = "back-write",
    [FERRY_PORT_OBJECT_FILE] = "file",
};

const ferryi_convention *ferryi_conventions_find(uint32_t dialect, uint32_t reading) {
    for (size_t i = 0; i < COUNT; i++)
        if (conventions[i]->dialect == dialect &&
            (conventions[i]->reading == reading || dialect != FERRY_PORT_DUPLEX))
            return conventions[i];
    return NULL;
}

const char *ferryi_conventions_name(const ferryi_convention *convention, uint32_t payload,
                                    ferry_port_object object) {
    if (object == FERRY_PORT_MEMORY && payload == FERRY_PAYLOAD_TEXT &&
        convention->text_memory != NULL)
        return convention->text_memory;
    for (size_t i = 0; i < FERRYI_PORT_NAMES_MOST && convention->names[i].name != NULL; i++)
        if (convention->names[i].object == object)
            return convention->names[i].name;
    return NULL;
}

bool ferryi_conventions_has(const ferryi_convention *convention, ferry_port_object object) {
    return (convention->may_have >> object & 1) != 0 ||
           ferryi_conventions_name(convention, FERRY_PAYLOAD_IMAGE, object) != NULL;
}

const char *ferry_port_dialect_name(uint32_t dialect) {
    const ferryi_convention *found = ferryi_conventions_find(dialect, 0);
    return found != NULL ? found->name : NULL;
}

uint32_t ferry_port_dialect_from_name(const char *name) {
    for (size_t i = 0; name != NULL && i < COUNT; i++)
        if (strcmp(conventions[i]->name, name) == 0)
            return conventions[i]->dialect;
    return 0;
}

const char *ferry_port_object_word(uint32_t object) {
    return object < FERRY_PORT_OBJECTS ? words[object] : NULL;
}

uint32_t ferry_port_object_from_word(const char *word) {
    for (uint32_t i = 0; word != NULL && i < FERRY_PORT_OBJECTS; i++)
        if (strcmp(words[i], word) == 0)
            return i;
    return FERRY_PORT_OBJECTS;
}

const char *ferry_port_default_name(uint32_t dialect, uint32_t reading, uint32_t payload,
                                    uint32_t object) {
    const ferryi_convention *found = ferryi_conventions_find(dialect, reading);
    if (found == NULL || object >= FERRY_PORT_OBJECTS)
        return NULL;
    return ferryi_conventions_name(found, payload, (ferry_port_object)object);
}
