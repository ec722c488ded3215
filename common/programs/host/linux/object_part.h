/* Names of files in /dev/shm as those of the objects of channels. */
#ifndef HOST_LINUX_OBJECT_PART_H
#define HOST_LINUX_OBJECT_PART_H

#include <frameferry/channel.h>

#include "host/facts_objects.h"

/* The part that has this file name, and the name of the channel. */
host_object_part host_object_part_of(char channel[static FERRY_NAME_MAX + 1], const char *entry);

/* The file name of a part. */
#define HOST_OBJECT_NAME_BYTES (FERRY_NAME_MAX + 24)
void host_object_name(char name[static HOST_OBJECT_NAME_BYTES], const char *channel,
                      host_object_part part);

#endif
