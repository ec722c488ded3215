/* Two mappings, one for each direction. */
#ifndef FERRYI_DIALECT_DUPLEX_H
#define FERRYI_DIALECT_DUPLEX_H

#include "port/convention.h"

extern const ferryi_convention ferryi_convention_duplex;
extern const ferryi_convention ferryi_convention_duplex_single;
extern const ferryi_convention ferryi_convention_duplex_mutexes;

#endif
