/* Splits a stream of bytes into frames: YUV4MPEG2, or frames of one size one after the other. It
 * reads nothing itself: the caller asks where the next bytes belong, puts some there, and asks what
 * they made. So pixels are read straight into the picture that they are part of. */
#ifndef PRODUCER_SPLIT_H
#define PRODUCER_SPLIT_H

#include "sources/y4m.h"

/* Lines, and what has been read along with them. Room for a line that is too long. */
#define SPLIT_BUFFER_BYTES 4096

typedef enum split_event {
    SPLIT_HUNGRY, /* more bytes are needed: split_room, split_add (or split_end) */
    SPLIT_BEGUN,  /* once, before the first frame: header and frame_bytes are set. The next
                     split_advance needs a picture (split_begin). */
    SPLIT_FRAME,  /* the picture is whole; the next split_advance needs another one */
    SPLIT_ENDED,  /* the input has ended, after a whole frame */
    SPLIT_BROKEN  /* the input is wrong, which the error explains; nothing more can be read */
} split_event;

typedef enum split_state { SPLIT_AT_START, SPLIT_AT_LINE, SPLIT_IN_PICTURE } split_state;

/* The caller reads what is not marked private. */
typedef struct split {
    bool is_raw;
    y4m_header header; /* for raw frames only frame_bytes */
    uint64_t frames;   /* that are whole */
    uint32_t filled;   /* bytes of the frame after them that have come */

    /* Private. */
    split_state state;
    bool has_ended;
    uint8_t *picture;
    size_t begin; /* in bytes, of what has come and is not used yet */
    size_t end;
    uint8_t bytes[SPLIT_BUFFER_BYTES];
} split;

void split_init_y4m(split *s);

/* Prepares for raw frames of this size, at least 1 byte. A YUV4MPEG2 stream is taken for a mistake.
 */
void split_init_raw(split *s, uint32_t frame_bytes);

/* Where the next frame goes: header.frame_bytes bytes, which belong to the splitter until
 * SPLIT_FRAME. */
void split_begin(split *s, uint8_t *picture);

/* Where the next bytes go, and for how many there is room: at least 1 after SPLIT_HUNGRY. */
uint8_t *split_room(split *s, size_t *count);

/* Tells how many bytes have been put there. */
void split_add(split *s, size_t count);

/* There will be no more bytes. SPLIT_HUNGRY does not come after this. */
void split_end(split *s);

/* Interprets the bytes that have come. The error is filled for SPLIT_BROKEN only, with a sentence
 * that goes after "standard input: ". */
split_event split_advance(split *s, ferry_error *error);

#endif
