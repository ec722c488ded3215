/* A source that converts the pixel format of another one. */
#ifndef PRODUCER_CONVERT_H
#define PRODUCER_CONVERT_H

#include "sources/source.h"
#include "sources/stored.h"

/* Frames of `from` in the format in which they are stored. Takes `from` over, also when it fails:
 * then there is no memory, and it returns NULL. */
source *source_convert(source *from, const stored_form *form);

#endif
