/* Names the kind of a file that is not read here, as far as its first bytes tell it. */
#ifndef FERRYI_IMAGE_UNREAD_H
#define FERRYI_IMAGE_UNREAD_H

#include "image/codec.h"

/* FERRY_UNREADABLE, with a sentence that names the kind, and says what helps. */
ferry_status ferryi_unread_refuse(ferryi_bytes bytes, const char *name, ferry_error *error);

/* Whether it is a raw file of a camera, whose samples are no pixels yet. */
bool ferryi_unread_is_camera_raw(ferryi_bytes bytes, const char *name);

#endif
