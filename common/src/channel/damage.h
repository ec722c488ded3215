/* Sentences about shared memory that cannot be used. */
#ifndef FERRYI_CHANNEL_DAMAGE_H
#define FERRYI_CHANNEL_DAMAGE_H

#include <frameferry/status.h>

/* FERRY_WRONG_VERSION: an object has another version of the layout. */
ferry_status ferryi_damage_version(uint32_t version, ferry_error *error);

/* FERRY_MALFORMED: something in an object has a value that cannot be. */
ferry_status ferryi_damage_value(const char *what, ferry_error *error);

#endif
