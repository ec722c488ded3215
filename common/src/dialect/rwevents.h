/* Two manual-reset events, each reset while one side is at work. */
#ifndef FERRYI_DIALECT_RWEVENTS_H
#define FERRYI_DIALECT_RWEVENTS_H

#include "port/convention.h"

extern const ferryi_convention ferryi_convention_rwevents;

#endif
