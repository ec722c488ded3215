/* One measurement: one transport carries the frames of one load from a producer process to consumer
 * processes. bench/run.py starts a process for each, and puts the figures together.
 *
 * A transport is a table of functions. Its consumers and its producer are processes of their own,
 * forked before the transport has opened anything. */
#ifndef FERRY_BENCH_H
#define FERRY_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { BENCH_MAX_CONSUMERS = 16, BENCH_MAX_TIMES = 1 << 16 };

enum { BENCH_PAUSE_FRAMES = 40 };

/* How often a blocking call returns at the latest, so that nobody waits for the dead. */
#define BENCH_SLICE_NS INT64_C(100000000)

/* How a frame gets in and out. */
typedef enum bench_way {
    BENCH_SEND_COPY,    /* copied in, copied out */
    BENCH_SEND_ACQUIRE, /* copied in, every byte read in place */
    BENCH_FILL_READ,    /* every byte written in place, and read in place */
    BENCH_CLAIM_ACQUIRE /* filled in place and looked at in place, at a few bytes: the transport's
                           own price */
} bench_way;

typedef struct bench_plan {
    const char *channel; /* a name that nothing else has: A-Z a-z 0-9 - */
    uint32_t width, height, depth;
    uint32_t length_bytes;
    uint32_t slots; /* places for frames, where the transport lets us choose; 0: as it comes, with
                       the transport's own default */
    uint32_t consumers;
    bench_way way;
    bool latest;     /* consumers want the newest frame, not every one */
    bool paced;      /* times are noted for each frame */
    bool apart;      /* each process has a core of its own */
    bool from_start; /* measured from the first frame on, which finds no memory in use; else when
                        some frames have gone their way */
    double fps;      /* 0: as fast as it goes */
    double pause;    /* seconds that consumer 0 stands still after every BENCH_PAUSE_FRAMES */
    double seconds;
} bench_plan;

/* The notes of a process, in memory that all of them share. */
typedef struct bench_side {
    uint64_t frames;  /* sent, or received and checked, while it was measured */
    uint64_t last;    /* number of the last frame */
    uint64_t skipped; /* passed over, as "latest" has it */
    uint64_t lost, doubled, torn;
    uint64_t from_ns, to_ns; /* of what was measured */
    uint64_t cpu_ns;         /* user and system time, of the whole process */
    uint64_t resident_bytes; /* proportional share (PSS), without the program's own picture */
    uint64_t wakeups;        /* where the transport tells */
    uint64_t slots_touched;  /* likewise */
    uint64_t reserved_bytes; /* of the object that holds the frames, likewise */
    char failure[200];       /* empty: none */
} bench_side;

/* Steps of one frame. */
typedef struct bench_times {
    uint64_t begun_ns;     /* before it is copied in */
    uint64_t published_ns; /* after that, before it is published; 0: cannot be told apart */
    uint64_t woken_ns;     /* the consumer has it, before it is copied out; 0: likewise */
    uint64_t received_ns;  /* after that */
    uint64_t sent_ns;      /* the producer goes on */
} bench_times;

typedef struct bench_end {
    const bench_plan *plan;
    uint32_t index;   /* of the consumer */
    void *common;     /* what prepare made, before the processes parted */
    void *own;        /* this end's, as open made it */
    uint8_t *picture; /* the program's own, from malloc: what it sends, or room for a copy */
    bench_side *side;
} bench_end;

typedef enum bench_news {
    BENCH_FRAME,
    BENCH_NONE,  /* a slice is over, or called for nothing: look again */
    BENCH_TORN,  /* the transport itself says that what it gave was overwritten */
    BENCH_CLOSED /* nothing will come any more */
} bench_news;

/* Where a call can fail, it says why with bench_fail and returns false, NULL or BENCH_CLOSED. */
typedef struct bench_transport {
    const char *name;
    bool lossy;    /* frames may be lost or torn: they are counted, and no failure */
    bool many;     /* takes more than one consumer */
    bool in_parts; /* passes a frame on before it is whole: for latency only */

    void *(*prepare)(const bench_plan *plan); /* may be NULL; before the processes part */
    void (*clean)(const bench_plan *plan);    /* may be NULL; after they have ended */

    bool (*open_producer)(bench_end *end);
    bool (*settled)(bench_end *end); /* may be NULL; whether all consumers are really connected */
    bool (*send)(bench_end *end, const uint8_t *pixels);
    uint8_t *(*claim)(bench_end *end); /* NULL: the transport cannot */
    bool (*commit)(bench_end *end);
    void (*close_producer)(bench_end *end); /* after all consumers have what they wanted */

    bool (*open_consumer)(bench_end *end);
    /* Into end->picture, or its own. NULL: the program copies what it acquires, and releases it. */
    bench_news (*copy)(bench_end *end, const uint8_t **pixels);
    bench_news (*acquire)(bench_end *end, const uint8_t **pixels); /* NULL: cannot */
    bench_news (*release)(bench_end *end);                         /* BENCH_FRAME or BENCH_TORN */
    void (*close_consumer)(bench_end *end);
} bench_transport;

/* The transports of this program, ended by NULL. */
extern const bench_transport *const bench_transports[];

/* Places for frames, where a transport has no default of its own: three are enough for both sides
 * to work at once. */
static inline uint32_t bench_slots(const bench_plan *plan) {
    return plan->slots != 0 ? plan->slots : 3;
}

/* Whether the producer fills frames where they lie. */
static inline bool bench_fills_in_place(const bench_plan *plan) {
    return plan->way == BENCH_FILL_READ || plan->way == BENCH_CLAIM_ACQUIRE;
}

/* Notes down why this end cannot go on, in printf's manner; the first reason counts. */
bool bench_fail(bench_end *end, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* ---- jobs: each prints one JSON object ---- */

/* Carries frames for plan->seconds. 0: all went well, also if frames were lost, which is printed.
 */
int bench_carry(const bench_transport *transport, const bench_plan *plan);

int bench_limits(const bench_plan *plan); /* of this machine */
int bench_price(const bench_plan *plan);  /* Frameferry's calls, in one process */
int bench_attach(const bench_plan *plan); /* opening, and being idle */

#endif
