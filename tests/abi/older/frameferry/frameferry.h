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
