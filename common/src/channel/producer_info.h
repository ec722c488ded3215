/* The part of a channel's block that is about its producer. */
#ifndef FERRYI_CHANNEL_PRODUCER_INFO_H
#define FERRYI_CHANNEL_PRODUCER_INFO_H

#include "channel/layout.h"

/* Takes a private copy of it. The values are for people: nothing goes by them. */
void ferryi_producer_info_read(ferry_producer_info *out, const ferryi_block *block);

#endif
