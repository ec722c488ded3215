/* Frameferry carries image frames from one process to others on the same machine, through shared
 * memory. A producer writes each frame into a slot of a channel, and any number of consumers read
 * it there (zero-copy) or copy it out.
 *
 * This header includes all that a producer or a consumer needs. Two headers are separate: child.h
 * starts the other side as a child process, and image.h reads and writes picture files, with
 * libframeferry-image. status.h has the rules that hold for every call: times, options, NULL and
 * the order of checks. */
#ifndef FRAMEFERRY_FRAMEFERRY_H
#define FRAMEFERRY_FRAMEFERRY_H

#include "bury.h"
#include "channel.h"
#include "clock.h"
#include "consumer.h"
#include "convert.h"
#include "frame.h"
#include "guard.h"
#include "notes.h"
#include "peek.h"
#include "port.h"
#include "producer.h"
#include "status.h"
#include "version.h"

#endif
