/* A mapping that nothing guards. */
#ifndef FERRYI_DIALECT_FILE_H
#define FERRYI_DIALECT_FILE_H

#include "port/convention.h"

extern const ferryi_convention ferryi_convention_file;

#endif
