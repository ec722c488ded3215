/* BaseImage as a port: the channel of that dialect, with its producer or its consumer behind. */
#ifndef FERRYI_DIALECT_BASEIMAGE_PORT_H
#define FERRYI_DIALECT_BASEIMAGE_PORT_H

#include "port/convention.h"

extern const ferryi_convention ferryi_convention_baseimage;

#endif
