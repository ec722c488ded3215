/* With whom the objects of a channel are shared: what is made for them, and whose are used.
 *
 * Contract: any thread, never blocks. */
#ifndef FERRYI_PLATFORM_SHARING_H
#define FERRYI_PLATFORM_SHARING_H

#include <stdint.h>

typedef struct ferryi_sharing {
    uint32_t with; /* a ferry_sharing of producer.h */
} ferryi_sharing;

/* With nobody: only what this user has made is used. */
#define FERRYI_NOT_SHARED (&(const ferryi_sharing){.with = 0})

/* What others may do with an object that is made, in the bits of chmod(2): its user everything,
 * those whom it is shared with read it, and write it if others_write. */
unsigned ferryi_sharing_mode(const ferryi_sharing *sharing, unsigned others_write);

#endif
