/* The status that a call returns, and the sentence that goes with a failure.
 *
 * 0 is success and every failure is negative. The numbers are part of the binary interface: a
 * number is never changed and never used again for something else.
 *
 * These rules hold for all calls of the library, and the comments of calls do not repeat them:
 *
 * Times. A time to wait, in an argument or an option, is in nanoseconds. 0 looks once,
 * FERRY_FOREVER waits without a bound, and a negative one is FERRY_INVALID_ARGUMENT.
 *
 * Options. A pointer to options may be NULL, which stands for what the FERRY_..._INIT macro gives.
 * These macros initialise a variable in C, also a static one, and in C++ from C++11 on.
 *
 * Room. A structure that the caller allocates and the library fills in has reserved fields, which
 * are 0: a later version of the library may give them a meaning, and 0 then says that nothing is
 * known. A program that fills in such a structure leaves them 0.
 *
 * NULL. A pointer must not be NULL unless the comment of the call says what NULL means. A call
 * that returns a status returns FERRY_INVALID_ARGUMENT then. A call that returns something else
 * does nothing and returns 0, false or NULL. A call that fills in figures fills in zeros.
 *
 * Order. Arguments are checked before anything else: a call that returns FERRY_INVALID_ARGUMENT for
 * one of them has changed nothing. The sentence names the argument, or the field of the options, as
 * the header does. */
#ifndef FRAMEFERRY_STATUS_H
#define FRAMEFERRY_STATUS_H

#include <stdint.h>

#include "version.h"

FERRY_BEGIN_DECLS

typedef enum ferry_status {
    FERRY_OK = 0,

    /* These belong to the course of a stream; a well-behaved program handles them. */
    FERRY_TIMEOUT = -1,       /* the time that the caller allowed is over */
    FERRY_END_OF_STREAM = -2, /* the producer ended the stream and everything has been read */
    FERRY_PRODUCER_LOST = -3, /* the producer died, or another one took its place */
    FERRY_EVICTED = -4,       /* this "every" consumer did not advance within the stall limit */
    FERRY_OVERRUN = -5, /* the frame was overwritten while it was held: do not use its pixels */
    FERRY_FULL = -6,    /* no slot is free; under the drop policy the frame was counted */
    FERRY_TOO_MANY_HELD = -7, /* release a frame (commit or abort a claim) first */
    FERRY_INTERRUPTED = -8,   /* ferry_producer_interrupt or ferry_consumer_interrupt was called */
    FERRY_OVERTAKEN = -9,     /* every attempt to take a frame was overtaken by the producer; or
                                 another frame was published before the one that is followed */
    FERRY_ABANDONED = -10,    /* the producer gave the frame up before it was whole */
    FERRY_WOKEN = -11,        /* ferry_consumer_wake was called */

    /* These stand in the way of a channel or a frame. */
    FERRY_TOO_LARGE = -20,          /* the frame does not fit a slot */
    FERRY_NO_SPACE = -21,           /* no shared memory is left, or ulimit -f allows no more */
    FERRY_BUSY = -22,               /* another live producer has this channel */
    FERRY_TOO_MANY_CONSUMERS = -23, /* all 32 places are taken */
    FERRY_NO_PRODUCER = -24,        /* no live producer has this channel, or none is attached to */
    FERRY_EXHAUSTED = -25,          /* the channel has used its last frame number */

    /* Something was found, and is not as it should be. */
    FERRY_FOREIGN = -40,       /* the name belongs to something that is not a channel */
    FERRY_MALFORMED = -41,     /* shared memory holds values that cannot be */
    FERRY_WRONG_VERSION = -42, /* the other side uses another layout version */
    FERRY_NOT_ALLOWED = -43,   /* another user's object, or permission denied */
    FERRY_BAD_NAME = -44,      /* the name breaks the rules in channel.h */
    FERRY_UNREADABLE = -45,    /* a file is not an image that can be read, or not whole */

    /* The call is wrong. */
    FERRY_INVALID_ARGUMENT = -60, /* an argument is out of its range */
    FERRY_NOT_SUPPORTED = -61,    /* this kind of channel, or this system, cannot do that */
    FERRY_FORKED = -62,           /* the handle was made before a fork and belongs to the parent */

    /* The system failed. */
    FERRY_NO_MEMORY = -80,   /* the process is out of memory */
    FERRY_SYSTEM_ERROR = -81 /* a system call failed: see ferry_error.os_code */
} ferry_status;

/* Why a call failed. A call that takes a pointer to one fills it in on failure and leaves it as it
 * was on success, so that it needs no value before. The pointer may always be NULL. The message is
 * one sentence that says what happened and what to do about it, names the channel or file, and has
 * neither line ends nor other control characters of ASCII. */
typedef struct ferry_error {
    ferry_status status;
    int32_t os_code; /* errno, or GetLastError on Windows; 0 where no system call failed */
    char message[504];
} ferry_error;

#ifdef __cplusplus
static inline ferry_error ferry_error_init() {
    return ferry_error();
}
#define FERRY_ERROR_INIT ferry_error_init()
#else
#define FERRY_ERROR_INIT                                                                           \
    { .status = FERRY_OK }
#endif

/* A short text for a status, such as "end of stream". Static storage; any thread. */
FERRY_API const char *ferry_status_text(ferry_status status);

FERRY_END_DECLS

#endif
