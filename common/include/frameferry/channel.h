/* Channels: their names and limits, and the choices that both ends make.
 *
 * A channel belongs to one producer at a time and has a fixed number of slots, each with room for
 * one frame. The numbers of the enums are part of the binary interface, and are carried in fields
 * of type uint32_t. */
#ifndef FRAMEFERRY_CHANNEL_H
#define FRAMEFERRY_CHANNEL_H

#include <stdint.h>

#include "status.h"
#include "version.h"

FERRY_BEGIN_DECLS

/* A channel's name has 1 to FERRY_NAME_MAX characters of A-Z a-z 0-9 . _ - and starts neither with
 * a dot nor with "sem." (which POSIX semaphores use). A prefix "Local\" or "Global\" is accepted;
 * it means what the Win32 manual says on Windows and is dropped elsewhere. */
#define FERRY_DEFAULT_NAME "BaseImage"
#define FERRY_NAME_MAX 200

#define FERRY_MAX_SLOTS 64         /* of a channel */
#define FERRY_MAX_CONSUMERS 32     /* attached to a channel at once */
#define FERRY_CONSUMER_NAME_MAX 63 /* bytes */
#define FERRY_PRODUCER_NAME_MAX 63 /* bytes */

/* A header of FERRY_HEADER_BYTES precedes the pixels in a slot. The default slot, header included,
 * has room for 2048 x 4096 pixels of 4 bytes. */
#define FERRY_HEADER_BYTES 16
#define FERRY_DEFAULT_SLOT_BYTES 33554432u
#define FERRY_DEFAULT_SLOTS 8

/* The choice of a producer when consumers hold every slot. */
typedef enum ferry_full_policy {
    FERRY_WHEN_FULL_WAIT = 0,   /* back-pressure: claim waits for a slot, up to full_timeout_ns */
    FERRY_WHEN_FULL_DROP = 1,   /* claim drops this frame, counts it, and returns FERRY_FULL */
    FERRY_WHEN_FULL_UNKNOWN = 2 /* only in ferry_channel_info: the producer does not say */
} ferry_full_policy;

/* The layout of a channel in shared memory. */
typedef enum ferry_dialect {
    FERRY_DIALECT_NATIVE = 0, /* this library's own; docs/layout.md */
    /* One slot at the start of a mapping of 33,554,432 bytes and an auto-reset event NAMEMutex, for
     * programs that know only that layout. The newest frame overwrites the one before, so a
     * consumer can neither have FERRY_DELIVERY_EVERY nor acquire a frame in place. */
    FERRY_DIALECT_BASEIMAGE = 1
} ferry_dialect;

/* The users whose processes may attach to a producer's channel, and whose channels a consumer
 * attaches to. The user's own are always allowed; docs/platforms.md has the rest of the rule. */
typedef enum ferry_sharing {
    FERRY_SHARING_NONE = 0,    /* no other users */
    FERRY_SHARING_GROUP = 1,   /* the members of a group */
    FERRY_SHARING_EVERYONE = 2 /* all users of the machine, any of whom can disturb the channel; for
                                  containers that run as other users, for example */
} ferry_sharing;

/* The frames that a consumer gets. */
typedef enum ferry_delivery {
    FERRY_DELIVERY_LATEST = 0, /* always the newest one; frames in between are skipped */
    FERRY_DELIVERY_EVERY = 1   /* each one, in order; see ferry_consumer_options.max_lag */
} ferry_delivery;

/* A producer, as it describes itself: any process that may make the channel can write these values.
 * Texts are printable ASCII; other bytes have become '?'. */
typedef struct ferry_producer_info {
    char name[FERRY_PRODUCER_NAME_MAX + 1]; /* as in ferry_producer_options: its program's */
    char user[FERRY_PRODUCER_NAME_MAX + 1]; /* Linux: the number of its effective user, in digits;
                                               Windows: the name of its account */
    uint32_t process_id;                    /* in the producer's own PID namespace */
    uint32_t max_held;      /* frames that it lets one consumer have in hand; 0: copies only */
    uint64_t start_ns;      /* when it made the channel, on ferry_clock_ns */
    int64_t wall_offset_ns; /* a time of ferry_clock_ns plus this is nanoseconds since 1970 in UTC,
                               by the producer's system clock a second ago at most; later for
                               a producer that makes no calls */
    uint64_t reserved[4];
} ferry_producer_info;

/* A handle for an event loop to wait on: on Linux a descriptor for poll, epoll and libraries on top
 * of them (libuv, GLib, Qt), on Windows a HANDLE. */
typedef intptr_t ferry_pollable;
#define FERRY_POLLABLE_NONE ((ferry_pollable)-1)

/* Checks a channel's name. Returns FERRY_OK, or FERRY_BAD_NAME, also for NULL, with a sentence that
 * says which rule the name breaks. Any thread; does not block. */
FERRY_API ferry_status ferry_name_check(const char *name, ferry_error *error);

FERRY_END_DECLS

#endif
