/* A consumer's memory of a bare sender (dialect.h), which says little and says it anew with each
 * frame. */
#ifndef FERRYI_CHANNEL_BARE_H
#define FERRYI_CHANNEL_BARE_H

#include <frameferry/frame.h>
#include <stdbool.h>
#include <stdint.h>

#include "channel/layout.h"

/* The caller's word about such a sender's frames, since their headers do not say it. */
typedef struct ferryi_bare_told {
    uint32_t format_16bit; /* of frames of 16 bits */
    uint32_t format;       /* of frames that have as many bits as this format; 0: not said */
    bool bottom_up;        /* the last row comes first */
    bool has_images;       /* a count of images comes first, and then one after the other */
} ferryi_bare_told;

/* A frame that was passed over, because its header cannot be. */
typedef struct ferryi_bare_refused {
    bool is_there;
    ferryi_header header;
    uint64_t room_bytes; /* from the header to the end of the mapping */
    int32_t images;      /* the count in front of it, if one was expected; or that the four numbers
                            are, if they can be one and a header; 0: neither */
    uint32_t image;      /* which of them the header is of, from 1 on; 0: of none of them */
} ferryi_bare_refused;

/* Images that came together, copied as they lie in the sender's memory. */
typedef struct ferryi_bare_set {
    ferry_image copy;
    uint64_t length_bytes;
    uint64_t at;          /* where the header of the next one begins */
    uint32_t left;        /* images that have not been received */
    uint64_t passed_over; /* sets before it, which are counted with its first image */
    uint64_t copied_ns;
} ferryi_bare_set;

#endif
