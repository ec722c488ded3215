/* Encodings of a frame for those who look at it: a JPEG of some quality, a PNG, a histogram. Each
 * is made once for all who want the same, by a pool of threads, and lives as long as somebody wants
 * it, or the frame is there. */
#ifndef WEB_ENCODING_H
#define WEB_ENCODING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <frameferry/status.h>

#include "frame.h"
#include "making.h"
#include "waiting.h"

typedef enum encoding_state { ENCODING_WAITS, ENCODING_DONE, ENCODING_FAILED } encoding_state;

typedef struct encoding {
    /* Fixed once the state is another than ENCODING_WAITS. */
    encoding_state state;
    unsigned char *bytes;
    size_t length_bytes;
    bool has_window; /* the picture shows values from low to high */
    double low, high;
    ferry_status status; /* FERRY_OVERRUN: the frame is lost; FERRY_NO_MEMORY: no room now */
    char message[504];   /* of a failure */

    making_plan plan;
    frame *frame; /* while the state is ENCODING_WAITS, with a reference; else NULL */
    store *store;
    unsigned references; /* of those who want it, and of the frame */
    bool is_listed;      /* the frame has it */
    size_t room_bytes;
    struct waiting *waiting;
    struct encoding *next;         /* of the frame's */
    struct encoding *next_in_line; /* of those to be made */
} encoding;

typedef struct encoders encoders;

/* Starts the threads. NULL without memory. */
encoders *encoders_open(store *s, unsigned threads);

/* Ends them; nothing is waited for any more. NULL is accepted. */
void encoders_close(encoders *e);

/* How many have been made, and how many bytes these had. */
void encoders_get_counts(encoders *e, uint64_t *made, uint64_t *bytes);

/* Finds or begins what is planned, and returns it with a reference, or NULL without memory. While
 * it is not made, w waits for it: either the waiting one is called once, or encoding_drop comes
 * before. */
encoding *encoding_ask(encoders *e, frame *f, const making_plan *plan, waiting *w);

/* Gives the reference back, and waits no more. */
void encoding_drop(encoding *e, waiting *w);

/* Whether it is made, or has failed. */
bool encoding_is_over(encoding *e);

#endif
