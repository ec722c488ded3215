/* Qt's QSharedMemory. */
#ifndef FERRYI_DIALECT_QT_H
#define FERRYI_DIALECT_QT_H

#include "port/convention.h"

extern const ferryi_convention ferryi_convention_qt;

#endif
