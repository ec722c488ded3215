/* Frameferry: image frames from one process to others on the same machine, through shared memory.
 * This header brings in all that a producer or a consumer needs. image.h (picture files, of
 * libframeferry-image) and child.h (starting the other side) are separate. */
#ifndef FRAMEFERRY_FRAMEFERRY_H
#define FRAMEFERRY_FRAMEFERRY_H

#include "channel.h"
#include "clock.h"
#include "consumer.h"
#include "convert.h"
#include "frame.h"
#include "guard.h"
#include "notes.h"
#include "producer.h"
#include "status.h"
#include "version.h"

#endif
