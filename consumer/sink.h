/* Where received frames go: one small interface, and what implements it. For the main thread. */
#ifndef CONSUMER_SINK_H
#define CONSUMER_SINK_H

#include <stdbool.h>
#include <stdint.h>

#include <frameferry/frameferry.h>

/* A frame that has been received and confirmed. */
typedef struct receipt {
    const ferry_frame_info *info;
    const uint8_t *pixels; /* NULL when no sink wants them */
    uint64_t receive_ns;   /* on ferry_clock_ns */
    uint64_t skipped;      /* frames skipped before it */
    const char *file;      /* where it has been saved, set by the sink that does; NULL: not saved */
} receipt;

typedef struct sink sink;
struct sink {
    /* Takes a frame; false: failed, which has been reported, and the program ends. */
    bool (*take)(sink *self, receipt *r);
    void (*close)(sink *self);
};

/* DIR/NAME-000001.png, ... Makes the directory. NULL: failed, which has been reported. */
sink *sink_open_png(const char *directory, const char *channel);

/* One object a line on standard output, flushed after each. NULL: no memory, reported. */
sink *sink_open_json(void);

/* A line on the terminal that is renewed some times a second. NULL: no memory, reported. */
sink *sink_open_progress(void);

#endif
