/* Ports: one end of a convention of other programs, which knows nothing of channels.
 *
 *     ferry_port_options options = FERRY_PORT_OPTIONS_INIT;
 *     options.dialect = FERRY_PORT_LOCKSTEP;
 *     options.role = FERRY_PORT_SENDER;
 *     options.payload = FERRY_PAYLOAD_TEXT;
 *     ferry_port_open(&port, &options, &error);
 *     ferry_port_send_text(port, "hello", FERRY_SECOND_NS, &error);
 *     ferry_port_drain(port, FERRY_SECOND_NS, &error);
 *     ferry_port_close(&port);
 *
 * Programs in the field share one picture or one text in a named mapping, and take turns by named
 * semaphores or events. A port is such a program as the other side sees it: it makes the same
 * objects, in the same order, waits for the same things and releases them as often. To a program of
 * this library a channel is better in every way: a port has one message at a time, one reader
 * mostly, and no way to tell whether the other side lives. docs/old-programs.md has for each
 * convention who does what in which order, what goes wrong with it, and what a port does about it.
 *
 * A port adds some things. Waits have time limits. Sizes and headers are checked against the real
 * memory, and nothing is read or written beyond it. A message that does not fit is refused, never
 * cut. A message that was read is compared with what is still there, and read again if it changed
 * meanwhile. Memory of a program of another kind is not overwritten.
 *
 * A port waits for the other side in its calls, never in ferry_port_open: objects that only the
 * other side makes may come later, go, and come again.
 *
 * One thread at a time uses a port, but ferry_port_interrupt and ferry_port_wake, which may be
 * called from any thread, and from a signal handler, while the handle is open. */
#ifndef FRAMEFERRY_PORT_H
#define FRAMEFERRY_PORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "channel.h"
#include "clock.h"
#include "frame.h"
#include "status.h"
#include "version.h"

FERRY_BEGIN_DECLS

typedef struct ferry_port ferry_port;

/* The conventions. */
typedef enum ferry_port_dialect {
    /* A picture, and an auto-reset event that says "new": the channel of FERRY_DIALECT_BASEIMAGE,
     * as a port. */
    FERRY_PORT_BASEIMAGE = 1,
    /* One mapping and one semaphore of 1, which both sides have while they read or write. */
    FERRY_PORT_MUTEX = 2,
    /* One mapping and two semaphores of 0: one says "written", the other "read". */
    FERRY_PORT_LOCKSTEP = 3,
    /* Two mappings, one for each direction; see ferry_port_reading. */
    FERRY_PORT_DUPLEX = 4,
    /* One mapping and two manual-reset events, which are reset while the other side is at work. */
    FERRY_PORT_RWEVENTS = 5,
    /* A mapping, of a file or not, without any order. */
    FERRY_PORT_FILE = 6,
    /* Qt's QSharedMemory with its lock, and with two QSystemSemaphores if they are named. */
    FERRY_PORT_QT = 7
} ferry_port_dialect;

/* The sides of a port. Both roles of a duplex port send and receive: the sender writes the memory
 * and reads the one called back. */
typedef enum ferry_port_role { FERRY_PORT_RECEIVER = 0, FERRY_PORT_SENDER = 1 } ferry_port_role;

/* Kinds of messages. */
typedef enum ferry_payload {
    /* A header and a picture. The header has four int32: length, width, height, bits a pixel; in
     * rwevents three, see ferry_port_options.header_order. Bits mean gray (8), what format_16bit
     * says (16), bgr24 (24) and bgra (32); a picture to send has to have one of these formats. A
     * negative height: the last row comes first. */
    FERRY_PAYLOAD_IMAGE = 0,
    /* A text that ends with a zero, or where the memory ends; UTF-8 by agreement. Its frame has the
     * format FERRY_FORMAT_TEXT. */
    FERRY_PAYLOAD_TEXT = 1,
    /* The bare pixels of a picture whose size and format both sides know: see raw. */
    FERRY_PAYLOAD_RAW = 2
} ferry_payload;

/* The readings of the duplex convention that are found in the field. */
typedef enum ferry_port_reading {
    FERRY_PORT_PAIRS = 0,  /* lockstep in each direction, independent of each other */
    FERRY_PORT_SINGLE = 1, /* one semaphore of 0 for each mapping; the sides take turns, beginning
                              with the sender: an answer is the permission for the next message */
    FERRY_PORT_MUTEXES = 2 /* mutex in each direction */
} ferry_port_reading;

/* The rights on the memory. */
typedef enum ferry_port_access {
    FERRY_PORT_ACCESS_USUAL = 0,  /* a receiver opens it for reading, a sender for writing; it is
                                     made as programs of the convention make it */
    FERRY_PORT_ACCESS_READ = 1,   /* opened for reading; for a receiver alone */
    FERRY_PORT_ACCESS_WRITE = 2,  /* opened and made for reading and writing */
    FERRY_PORT_ACCESS_EXECUTE = 3 /* made so that it may be opened for executing too, as some
                                     programs ask for; on Linux as WRITE */
} ferry_port_access;

/* The objects of a convention. */
typedef enum ferry_port_object {
    FERRY_PORT_MEMORY,
    FERRY_PORT_SEMAPHORE, /* mutex, duplex */
    FERRY_PORT_READ,      /* lockstep, duplex, qt: the semaphore that a reader waits for;
                             rwevents: the event that a reader has reset while it reads */
    FERRY_PORT_WRITE,     /* the same for a writer */
    FERRY_PORT_EVENT,     /* baseimage */
    FERRY_PORT_LOCK,      /* qt: a QSystemSemaphore that is used in place of the memory's lock */
    FERRY_PORT_BACK,      /* duplex: the memory of the other direction */
    FERRY_PORT_BACK_SEMAPHORE, /* and its semaphores */
    FERRY_PORT_BACK_READ,
    FERRY_PORT_BACK_WRITE,
    FERRY_PORT_OBJECT_FILE, /* file: the path of the file that is mapped; without one there is none
                             */
    FERRY_PORT_OBJECTS      /* how many there are */
} ferry_port_object;

/* Room for names, also of objects that come later. */
#define FERRY_PORT_NAMES 16

typedef struct ferry_port_options {
    size_t size;      /* of this struct, set by the initialiser */
    uint32_t dialect; /* a ferry_port_dialect; has to be given */
    uint32_t role;    /* a ferry_port_role */
    uint32_t payload; /* a ferry_payload */
    uint32_t reading; /* a ferry_port_reading; for duplex */
    uint32_t access;  /* a ferry_port_access */
    uint32_t adopt;   /* 1: memory that is found is written although nothing shows that it belongs
                         to the convention */

    /* Names of objects by ferry_port_object, in UTF-8; NULL: the convention's own
     * (ferry_port_default_name). A prefix "Local\" or "Global\" is dropped on Linux, and so is a
     * slash in front. Copied. */
    const char *names[FERRY_PORT_NAMES];

    /* How large the memory is that this port makes; 0: as the convention has it, for text; as large
     * as a raw frame; for images as in FERRY_DIALECT_BASEIMAGE. Memory that is found has the size
     * that it has. */
    uint64_t memory_bytes;

    ferry_frame_info raw; /* FERRY_PAYLOAD_RAW: width, height, format; stride_bytes and
                             length_bytes as there; nothing else is used */

    const char *header_order; /* rwevents, images: which int32 is the width, the height and the
                                 size, as a permutation of "whs"; NULL: "whs". Copied */
    uint32_t format_16bit;    /* images of 16 bits: FERRY_FORMAT_GRAY16LE, which 0 stands for, or
                                 FERRY_FORMAT_RGB565LE */
    uint32_t format;          /* received images of as many bits as this format has are of it;
                                 0: as ferry_payload says. Compressed ones have no such number */
    uint32_t bottom_up;       /* 1: images have the last row first */

    uint32_t group_sharing; /* a ferry_sharing: other users whose objects are used */
    const char *group_name; /* as in ferry_consumer_options. Not kept */

    int64_t break_lock_ns; /* A semaphore, an event or a lock that has been kept from this port for
                              so long counts as that of a program that was killed: the port goes on
                              as if it had got it, and counts that. 0: it never does */
    uint64_t reserved[8];
} ferry_port_options;

#ifdef __cplusplus
static inline ferry_port_options ferry_port_options_init() {
    ferry_port_options options = ferry_port_options();
    options.size = sizeof(ferry_port_options);
    return options;
}
#define FERRY_PORT_OPTIONS_INIT ferry_port_options_init()
#else
#define FERRY_PORT_OPTIONS_INIT                                                                    \
    { .size = sizeof(ferry_port_options) }
#endif

/* Figures of a port since it was opened. */
typedef struct ferry_port_counters {
    uint64_t sent;
    uint64_t received;
    uint64_t torn;      /* looks at a message that changed while it was read, and was read again */
    uint64_t malformed; /* messages that cannot be, and were passed over */
    uint64_t broken;    /* times that break_lock_ns was over */
    uint64_t memory_bytes; /* of the memory as it is now; 0: there is none yet */
    uint64_t reserved[8];
} ferry_port_counters;

/* Returns the name of a dialect, such as "lockstep", and the dialect of a name; NULL, and 0, for
 * others. Static storage. Any thread; does not block. */
FERRY_API const char *ferry_port_dialect_name(uint32_t dialect);
FERRY_API uint32_t ferry_port_dialect_from_name(const char *name);

/* Returns the word for an object, such as "back-read", and the object of a word;
 * FERRY_PORT_OBJECTS for others. Static storage. Any thread; does not block. */
FERRY_API const char *ferry_port_object_word(uint32_t object);
FERRY_API uint32_t ferry_port_object_from_word(const char *word);

/* Returns the name that an object of a convention has in the field; NULL: the convention has no
 * such object, or only with a name that is given. Static storage. Any thread; does not block. */
FERRY_API const char *ferry_port_default_name(uint32_t dialect, uint32_t reading, uint32_t payload,
                                              uint32_t object);

/* Checks options as ferry_port_open does, and touches nothing. Returns FERRY_OK,
 * FERRY_INVALID_ARGUMENT, FERRY_BAD_NAME; for the group FERRY_NOT_ALLOWED or FERRY_NOT_SUPPORTED;
 * FERRY_NO_MEMORY. Any thread; blocks only as long as the system takes to look up a group. */
FERRY_API ferry_status ferry_port_check(const ferry_port_options *options, ferry_error *error);

/* Makes a port, with the objects that its side of the convention makes, and opens those that are
 * there. Does not wait for the other side; may take half a second to make sure that what it has
 * found is what it seems.
 *
 * Returns FERRY_OK; FERRY_INVALID_ARGUMENT (also for a choice that the convention does not have);
 * FERRY_BAD_NAME; FERRY_FOREIGN (the name of an object belongs to something of another kind, or to
 * memory of another program); FERRY_BUSY (it is a channel's, or, for a sender of qt, another
 * program has made the memory); FERRY_NOT_ALLOWED; FERRY_NO_SPACE; FERRY_NOT_SUPPORTED;
 * FERRY_NO_MEMORY; FERRY_SYSTEM_ERROR. The caller owns *out and ends it with ferry_port_close. */
FERRY_API ferry_status ferry_port_open(ferry_port **out, const ferry_port_options *options,
                                       ferry_error *error);

/* Sends one message: a picture that info describes, or a text (format FERRY_FORMAT_TEXT, whose
 * length_bytes may be 0). info->width, height and format have to be set; a stride_bytes other than
 * 0 is how pixels lie, and rows are sent without padding. Both stay the caller's.
 *
 * Waits up to timeout_ns until it is this side's turn. Where the convention tells that the other
 * side has taken a message, it is given up to a tenth of a second of that time for it; else the
 * next call, or ferry_port_drain, goes on waiting.
 *
 * Returns FERRY_OK; FERRY_TIMEOUT (the sentence says what was waited for), FERRY_INTERRUPTED or
 * FERRY_WOKEN (nothing was written); FERRY_TOO_LARGE (it does not fit the memory, or is longer
 * than programs of the convention can take); FERRY_NOT_SUPPORTED (a picture of a format that the
 * header cannot say); FERRY_INVALID_ARGUMENT (also a message of another payload than the port's, a
 * text with a zero in it, a receiver that is not duplex); FERRY_NO_PRODUCER (the memory is not
 * there any more and cannot be made); and what ferry_port_open returns when objects have to be made
 * or opened anew. */
FERRY_API ferry_status ferry_port_send(ferry_port *port, const ferry_frame_info *info,
                                       const void *pixels, int64_t timeout_ns, ferry_error *error);

/* The same for a text that ends with a zero. */
FERRY_API ferry_status ferry_port_send_text(ferry_port *port, const char *text, int64_t timeout_ns,
                                            ferry_error *error);

/* Receives one message into an image, which is the caller's and is grown as needed. Waits up to
 * timeout_ns for a new one, and for the objects of the other side. Where nothing announces news, a
 * message is new when its bytes differ from those of the one before, and an empty text, or a header
 * of zeros, is none.
 *
 * A text has its length as width, 1 as height, and a zero behind its pixels. info.number counts the
 * messages of this port from 1 on; capture_ns and publish_ns are when it was read.
 *
 * Returns FERRY_OK; FERRY_TIMEOUT (the sentence says what was waited for), FERRY_INTERRUPTED or
 * FERRY_WOKEN; FERRY_MALFORMED (a message that cannot be, which the sentence shows; it is passed
 * over, and said once until it changes); FERRY_OVERTAKEN (a message changed during each of many
 * looks); FERRY_NO_MEMORY; FERRY_INVALID_ARGUMENT (a sender that is not duplex); and what
 * ferry_port_open returns when objects have to be opened anew. The port goes on being usable after
 * all of them.
 *
 * Memory that a peer cuts short would end the process (SIGBUS) unless ferry_guard_install has been
 * called (guard.h); then it is opened anew. */
FERRY_API ferry_status ferry_port_receive(ferry_port *port, ferry_image *image, int64_t timeout_ns,
                                          ferry_error *error);

/* Waits until the other side has taken the last message, where the convention tells: lockstep,
 * duplex but for FERRY_PORT_MUTEXES, qt with semaphores. Returns FERRY_OK, at once where it does
 * not; FERRY_TIMEOUT, FERRY_INTERRUPTED, FERRY_WOKEN, FERRY_INVALID_ARGUMENT. */
FERRY_API ferry_status ferry_port_drain(ferry_port *port, int64_t timeout_ns, ferry_error *error);

/* Makes a call that waits, or the next one that would, return FERRY_INTERRUPTED, or FERRY_WOKEN,
 * within a tenth of a second. */
FERRY_API void ferry_port_interrupt(ferry_port *port);
FERRY_API void ferry_port_wake(ferry_port *port);

FERRY_API void ferry_port_get_counters(ferry_port *port, ferry_port_counters *out);

/* Ends a port: gives back what it has taken, releases nothing that it has not, and closes. On Linux
 * objects that it has made lose their names if no other process has them open, but for those of
 * FERRY_PORT_FILE, whose last message stays. Sets *port to NULL; NULL in *port is accepted. */
FERRY_API void ferry_port_close(ferry_port **port);

FERRY_END_DECLS

#endif
