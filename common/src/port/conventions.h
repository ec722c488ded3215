/* The list of conventions, and their names. */
#ifndef FERRYI_PORT_CONVENTIONS_H
#define FERRYI_PORT_CONVENTIONS_H

#include "port/convention.h"

/* Returns the convention; NULL: there is none. Only a dialect that has several readings looks at
 * reading. */
const ferryi_convention *ferryi_conventions_find(uint32_t dialect, uint32_t reading);

/* Returns the name that an object has in the field; NULL: the convention has none, or not one of
 * its own. */
const char *ferryi_conventions_name(const ferryi_convention *convention, uint32_t payload,
                                    ferry_port_object object);

/* Whether the convention has such an object, with a name of its own or only if one is given. */
bool ferryi_conventions_has(const ferryi_convention *convention, ferry_port_object object);

#endif
