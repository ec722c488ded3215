/* Looking at channels from outside: for tools that list channels, say what is wrong with one, or
 * show its picture.
 *
 * A look disturbs nobody. It makes no record and takes no lease, so that no producer waits for it
 * and no list shows it; it sets no lock, writes nothing, counts nothing, and takes no shared
 * memory. On Linux objects are opened for reading, and read without a mapping, so that a peer that
 * cuts one short at that moment does no harm. On Windows they are mapped for reading while a call
 * lasts. In a dialect an object counts as used while it is open, which is for microseconds, or for
 * as long as copying a frame takes: a producer that ends meanwhile may leave its object and its
 * names to the next producer.
 *
 * The permissions of the system alone decide what may be looked at: no sharing is asked for. All
 * that is found is what other processes have written there, and checked only as far as its comment
 * says. Figures of one look may be of moments that differ by some microseconds.
 *
 * Every call may be made from any thread, and touches nothing but its arguments. Only
 * ferry_peek_keep_open keeps anything.
 * Source: open(2), pread(2), F_OFD_GETLK in fcntl(2). */
#ifndef FRAMEFERRY_PEEK_H
#define FRAMEFERRY_PEEK_H

#include <stddef.h>
#include <stdint.h>

#include "channel.h"
#include "frame.h"
#include "producer.h"
#include "status.h"
#include "version.h"

FERRY_BEGIN_DECLS

/* The state of a channel, or of whatever else has its name. */
typedef enum ferry_peek_state {
    FERRY_PEEK_STARTING = 0, /* a producer lives, and is just making the channel, taking it over, or
                                taking its names away; or somebody else has taken the channel's own
                                name away */
    FERRY_PEEK_EMPTY = 1,    /* a producer lives, and has published nothing yet */
    FERRY_PEEK_LIVE = 2,     /* a producer lives, and publishes */
    FERRY_PEEK_IDLE = 3,     /* a producer lives, and has published nothing for two seconds, or for
                                five periods of its frame rate if that is longer */
    FERRY_PEEK_ENDED = 4,    /* the producer has ended the stream, and its names are still there */
    FERRY_PEEK_DEAD = 5,     /* the producer was killed, or what it left behind is all there is */
    FERRY_PEEK_BARE = 6, /* memory and event of a program that knows only the BaseImage layout */
    FERRY_PEEK_OTHER_VERSION = 7, /* a channel of the layout in layout_version */
    FERRY_PEEK_MALFORMED = 8,     /* a channel with values that cannot be */
    FERRY_PEEK_FOREIGN = 9,       /* something that is not a channel, or no longer whole */
    FERRY_PEEK_UNREADABLE = 10    /* this process may not read it */
} ferry_peek_state;

/* One slot. */
typedef struct ferry_peek_slot {
    uint64_t frame;        /* the number of the frame in it; 0: none, or it is being written */
    uint64_t fills;        /* how often writing into it has begun */
    uint64_t filled_bytes; /* bytes of pixels that are said to be there */
    uint32_t length_bytes; /* of the frame; 0: there is none, or this cannot be its length */
    uint32_t held_by;      /* bit N: the consumer with index N has it in hand, or is trying to */
    uint32_t is_early;     /* 1: it is being written, and consumers may follow */
    uint32_t reserved_word;
    uint64_t reserved[2];
} ferry_peek_slot;

/* One consumer, dead or alive. */
typedef struct ferry_peek_consumer {
    ferry_consumer_info info;
    uint64_t held_slots; /* bit N: slot N */
    uint32_t index;      /* of its record, below FERRY_MAX_CONSUMERS */
    uint32_t is_alive;   /* 1: its process lives; 0: it was killed, and nobody has noticed yet */
    uint32_t has_left;   /* 1: it takes no more frames, and gives back those that it has in hand */
    uint32_t is_asleep;  /* 1: it waits for a frame */
    uint64_t reserved[4];
} ferry_peek_consumer;

/* Fields that do not apply to a state are 0. */
typedef struct ferry_peek {
    uint32_t state; /* a ferry_peek_state */
    uint32_t layout_version;
    char detail[248]; /* a sentence on a state from FERRY_PEEK_OTHER_VERSION on; else empty */

    /* The objects, of any state. */
    char owner[64];        /* the user whose frames object it is, for people; empty on Windows */
    uint32_t is_own;       /* 1: it is this user's. Windows: 0 */
    uint32_t mode;         /* its permissions, as in chmod(2). Windows: 0 */
    uint64_t object_bytes; /* the length of both objects */
    uint64_t memory_bytes; /* the memory that they take now. Windows: their length */

    /* The channel, in the states up to FERRY_PEEK_DEAD, if has_block is 1. */
    uint32_t has_block;
    uint32_t dialect;    /* a ferry_dialect */
    uint32_t slots;      /* the number of slot[] */
    uint32_t when_full;  /* a ferry_full_policy */
    uint64_t slot_bytes; /* the largest frame, header included */
    uint64_t generation;
    ferry_producer_info producer; /* also that of one that is dead */
    uint64_t head;                /* the number of the newest frame; 0: none yet */
    uint64_t dropped;             /* all frames that the producer has dropped */

    /* The newest frame, if has_newest is 1. 0: there is none, or it was overwritten during each
     * attempt to read its description. */
    uint32_t has_newest;
    uint32_t knows_consumers; /* 1: consumer_count says how many there are; 0: the consumers object
                                 cannot be read, or is another producer's */
    uint64_t newest_age_ns;   /* since it was published; 0 for a time that is to come */
    ferry_frame_info newest;  /* checked as that of a frame that a consumer receives */

    uint32_t consumer_count; /* the number of consumer[] */
    uint32_t reserved_word;
    uint64_t reserved[16];
    ferry_peek_slot slot[FERRY_MAX_SLOTS];
    ferry_peek_consumer consumer[FERRY_MAX_CONSUMERS];
} ferry_peek;

/* The names that ferry_peek_list lists. */
typedef enum ferry_peek_which {
    FERRY_PEEK_CHANNELS = 0, /* objects of channels and of programs of the BaseImage kind */
    FERRY_PEEK_ALL = 1       /* everything that has a name which a channel can have */
} ferry_peek_which;

typedef struct ferry_peek_name {
    char name[FERRY_NAME_MAX + 1];
    char reserved[23];
} ferry_peek_name;

/* Lists the names of channels, sorted by their bytes. names gets the first capacity of them, and
 * *count is how many there are; names may be NULL if capacity is 0. Names that are there throughout
 * the call are among them. Maps no object, and on Linux opens none. Looks at 65,536 names of shared
 * memory at most: what is beyond that is not listed.
 *
 * On Windows these are the names of the session, and those with "Global\" in front. Windows does
 * not document where they are listed: where a list cannot be had, the channel has to be named.
 *
 * Does not block. Returns FERRY_OK; FERRY_NOT_SUPPORTED: this Windows has no such list, or does not
 * show it to this process (an app container); FERRY_INVALID_ARGUMENT; FERRY_NO_MEMORY;
 * FERRY_NOT_ALLOWED; FERRY_SYSTEM_ERROR. On failure *count is 0. Source: readdir(3),
 * NtQueryDirectoryObject. */
FERRY_API ferry_status ferry_peek_list(ferry_peek_name *names, size_t capacity, size_t *count,
                                       uint32_t which, ferry_error *error);

/* Looks at a channel, and fills in all of *out, which is the caller's and some 12 KiB long. name
 * NULL: FERRY_DEFAULT_NAME. Waits for nobody; it may take 20 ms where a producer of the dialect is
 * just ending, and as long as the system's directory of users takes to name the owner.
 *
 * Returns FERRY_OK whenever something has the name: the state says what. FERRY_NO_PRODUCER: nothing
 * has it. FERRY_NOT_SUPPORTED: this system cannot tell whether a producer lives.
 * FERRY_INVALID_ARGUMENT, FERRY_BAD_NAME, FERRY_NO_MEMORY, FERRY_SYSTEM_ERROR. After a failure *out
 * is all zeros. */
FERRY_API ferry_status ferry_peek_look(const char *name, ferry_peek *out, ferry_error *error);

/* Copies the newest frame of a channel into image, which is the caller's and grows as in
 * ferry_consumer_copy; image->skipped is 0. The channel may be of any state that has a block: what
 * a producer that has ended or died has published last can be had until its names are removed. The
 * copy is one frame, whole: it is made again when the producer has overwritten the frame meanwhile.
 * Takes as long as copying takes, and up to 50 ms of pauses where a frame is overwritten. name
 * NULL: FERRY_DEFAULT_NAME.
 *
 * Returns FERRY_OK. FERRY_TIMEOUT: there is no frame, since none has been published, or the one
 * slot of the dialect is being written, or was when its producer died. FERRY_OVERTAKEN: the frame
 * was overwritten during every attempt; become a consumer, which is never overtaken in place.
 * FERRY_NO_PRODUCER: there is no such channel. FERRY_MALFORMED: it holds values that cannot be, or
 * was cut short. FERRY_FOREIGN, FERRY_WRONG_VERSION. FERRY_NOT_ALLOWED: the system denies
 * permission. FERRY_NOT_SUPPORTED: its sender knows only the BaseImage layout, which does not say
 * when a picture is whole; receive from it as a consumer. FERRY_INVALID_ARGUMENT, FERRY_BAD_NAME,
 * FERRY_NO_MEMORY, FERRY_SYSTEM_ERROR. After a failure image->pixels may hold part of a frame. */
FERRY_API ferry_status ferry_peek_grab(const char *name, ferry_image *image, ferry_error *error);

/* Sight of one producer's channel that does not end with its names. A producer that ends takes its
 * names away at once, and consumers do so within milliseconds after one that was killed: a look
 * that comes later finds nothing that could tell the two apart. */
typedef struct ferry_peek_keep ferry_peek_keep;

/* Opens the frames object of a channel for reading, and keeps it open. Nobody is disturbed, but the
 * memory of the channel stays until *out is closed, also when all others have let it go: close it
 * soon after the names have gone. Takes one file descriptor. generation is that of a look, so that
 * what is kept is the producer of the look. name NULL: FERRY_DEFAULT_NAME. Waits for nobody.
 *
 * Returns FERRY_OK. FERRY_NO_PRODUCER: nothing has the name, or another producer.
 * FERRY_NOT_SUPPORTED: the channel is of a dialect, in which an object that is open counts as used;
 * or this is Windows, where it keeps its name; or as ferry_peek_look. FERRY_MALFORMED,
 * FERRY_FOREIGN, FERRY_WRONG_VERSION, FERRY_NOT_ALLOWED, FERRY_INVALID_ARGUMENT, FERRY_BAD_NAME,
 * FERRY_NO_MEMORY, FERRY_SYSTEM_ERROR. On failure *out is NULL. */
FERRY_API ferry_status ferry_peek_keep_open(ferry_peek_keep **out, const char *name,
                                            uint64_t generation, ferry_error *error);

/* Returns what has become of the producer, whether or not the names are still there.
 * FERRY_PEEK_ENDED: it has ended the stream, or closed its handle. FERRY_PEEK_DEAD: it died before
 * that; a process that exits without closing its producer dies as well. FERRY_PEEK_LIVE: it lives,
 * whether or not it publishes. FERRY_PEEK_MALFORMED: the object was cut short. NULL:
 * FERRY_PEEK_STARTING, which says nothing. Does not block. */
FERRY_API uint32_t ferry_peek_keep_state(const ferry_peek_keep *keep);

/* Lets the object go, and sets *keep to NULL. Does nothing for NULL. */
FERRY_API void ferry_peek_keep_close(ferry_peek_keep **keep);

/* Returns one or two words for a ferry_peek_state, such as "live"; "unknown" for another number.
 * Static storage; does not block. */
FERRY_API const char *ferry_peek_state_text(uint32_t state);

FERRY_END_DECLS

#endif
