/* Compiled with the older headers and with those of now, each time under another name. */
#include "sizes.h"

#include <frameferry/frameferry.h>
#include <frameferry/image.h>
#include <frameferry/notes.h>

#define SIZE_OF(type)                                                                              \
    { #type, sizeof(type) }

const abi_size ABI_SIZES[] = {
    SIZE_OF(ferry_error),
    SIZE_OF(ferry_frame_info),
    SIZE_OF(ferry_plane),
    SIZE_OF(ferry_layout),
    SIZE_OF(ferry_image),
    SIZE_OF(ferry_frame),
    SIZE_OF(ferry_claim),
    SIZE_OF(ferry_consumer_counters),
    SIZE_OF(ferry_producer_counters),
    SIZE_OF(ferry_channel_info),
    SIZE_OF(ferry_consumer_info),
    SIZE_OF(ferry_producer_info),
    SIZE_OF(ferry_note),
    {NULL, 0},
};
