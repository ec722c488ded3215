/* BaseImage: one picture at the start of a mapping, with a header of 16 bytes and an auto-reset
 * event. */
#ifndef FERRYI_DIALECT_BASEIMAGE_H
#define FERRYI_DIALECT_BASEIMAGE_H

#include "channel/dialect.h"

extern const ferryi_dialect ferryi_dialect_baseimage;

#endif
