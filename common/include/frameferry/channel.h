/* Channels: their names and limits, and the choices that both ends know. */
#ifndef FRAMEFERRY_CHANNEL_H
#define FRAMEFERRY_CHANNEL_H

#include <stdint.h>

#include "status.h"
#include "version.h"

FERRY_BEGIN_DECLS

/* Channel names have 1 to 200 characters of A-Z a-z 0-9 . _ - and start neither with a dot nor with
 * "sem." (which POSIX semaphores use). A prefix "Local\" or "Global\" is accepted; it means what
 * the Win32 manual says on Windows and is dropped elsewhere. */
#define FERRY_DEFAULT_NAME "BaseImage"
#define FERRY_NAME_MAX 200

#define FERRY_MAX_SLOTS 64
#define FERRY_MAX_CONSUMERS 32
#define FERRY_CONSUMER_NAME_MAX 63

/* A header of 16 bytes precedes the pixels in a slot. The default slot, header included, has room
 * for 2048 x 4096 pixels of 4 bytes. */
#define FERRY_HEADER_BYTES 16
#define FERRY_DEFAULT_SLOT_BYTES 33554432u
#define FERRY_DEFAULT_SLOTS 8

typedef enum ferry_full_policy {
    FERRY_WHEN_FULL_WAIT = 0,   /* claim waits until a slot is free, up to full_timeout_ns */
    FERRY_WHEN_FULL_DROP = 1,   /* claim gives this frame up, counts it, and answers FERRY_FULL */
    FERRY_WHEN_FULL_UNKNOWN = 2 /* only in ferry_channel_info: the producer does not say */
} ferry_full_policy;

typedef enum ferry_dialect {
    FERRY_DIALECT_NATIVE = 0,
    /* One slot at the start of a mapping of 33,554,432 bytes and an auto-reset event NAMEMutex, for
     * programs that know only that layout. The newest frame overwrites the one before, so there is
     * no FERRY_DELIVERY_EVERY and no acquiring in place. */
    FERRY_DIALECT_BASEIMAGE = 1
} ferry_dialect;

/* Whose processes may attach to a channel, and whose channel they attach to. Always the user's own;
 * docs/platforms.md has the rest of the rule. */
typedef enum ferry_sharing {
    FERRY_SHARING_NONE = 0,    /* nobody else's */
    FERRY_SHARING_GROUP = 1,   /* also those of the members of a group */
    FERRY_SHARING_EVERYONE = 2 /* also those of all users of the machine, none of whom is kept from
                                  disturbing it; as for containers with other users */
} ferry_sharing;

typedef enum ferry_delivery {
    FERRY_DELIVERY_LATEST = 0, /* always the newest frame; what comes between is skipped */
    FERRY_DELIVERY_EVERY = 1   /* each frame, in order; see ferry_consumer_options.max_lag */
} ferry_delivery;

/* What an event loop waits on: on Linux a descriptor for poll, epoll and whatever is built on them
 * (libuv, GLib, Qt), on Windows a HANDLE. */
typedef intptr_t ferry_pollable;
#define FERRY_POLLABLE_NONE ((ferry_pollable)-1)

/* FERRY_OK or FERRY_BAD_NAME, also for NULL, with a sentence that says which rule the name breaks.
 */
FERRY_API ferry_status ferry_name_check(const char *name, ferry_error *error);

FERRY_END_DECLS

#endif
