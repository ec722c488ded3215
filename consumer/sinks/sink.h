/* Where received frames go: one small interface, and what implements it. For the main thread. */
#ifndef CONSUMER_SINK_H
#define CONSUMER_SINK_H

#include <stdbool.h>
#include <stdint.h>

#include <frameferry/frameferry.h>

#include "options.h"
#include "shared/describe.h"
#include "shared/port.h"

/* A frame that has been received, saved if that is wanted, and confirmed. */
typedef struct receipt {
    const ferry_frame_info *info; /* the number goes on counting from producer to producer */
    const uint8_t *pixels;        /* only for a sink of pixels, else NULL */
    const uint8_t *text;          /* info->length_bytes of a text (FERRY_FORMAT_TEXT); else NULL */
    uint64_t receive_ns;          /* on ferry_clock_ns */
    uint64_t skipped;             /* frames skipped before it */
    const char *file;             /* where it has been saved; NULL: it is not saved */
} receipt;

typedef struct sink sink;
struct sink {
    /* Takes a frame; false: failed, which has been reported, and the program ends. A sink of pixels
     * gets frames where they lie, before they are confirmed, unless they have been saved. */
    bool (*take)(sink *self, receipt *r);
    void (*close)(sink *self);
};

/* One object a line on standard output, each written at once. NULL: no memory, reported. */
sink *sink_open_json(void);

/* A line for people on standard output, each written at once. NULL: no memory, reported. */
sink *sink_open_print(void);

/* Each text as a line on standard output, with control characters escaped; other frames as lines
 * about them. NULL: no memory, reported. */
sink *sink_open_text(void);

/* A line on the terminal that is renewed some times a second. NULL: no memory, reported. */
sink *sink_open_progress(void);

/* Runs a command for each frame and waits for it to end: the pixels, in rows without padding, are
 * its standard input, and what describes them is in its environment (the manual page of
 * ferry-consumer lists the variables). One that fails, or takes longer than timeout_ns and is
 * ended, is warned of and counted; take is false only when it cannot be started, or fails because
 * standard output has no reader any more. When the user asks to stop, the command is stopped. The
 * strings have to live as long as the sink. A sink of pixels. NULL: no memory, reported. */
sink *sink_open_exec(const char *command, const char *channel, int64_t timeout_ns);

/* Hands each frame to a program of another convention, in the pixel format that this one has. Waits
 * until it is the port's turn, up to limit_ns, or the user asks to stop. A frame that cannot be
 * sent is left out with a warning. The strings have to live as long as the sink. A sink of pixels.
 * NULL: failed, reported. */
sink *sink_open_port(const app_port *port, const app_share *share, int64_t limit_ns);

/* Waits likewise until the last message has been taken, where the other side tells. Whether all
 * frames could be sent; *has_timed_out: a limit was over, which has been reported. For a sink of
 * sink_open_port, at the end. */
bool sink_port_went_well(sink *self, bool *has_timed_out);

/* Makes one stream of all frames, and writes it to a place. Waits until somebody reads a FIFO. A
 * frame that cannot be decoded is left out with a warning; take is false when one has another size
 * or format than the stream, or cannot be written. The strings have to live as long as the sink. A
 * sink of pixels, which are to be known to be whole. NULL: failed, reported, or the user asked to
 * stop. */
sink *sink_open_write(const write_request *request, bool may_replace);

/* Whether the stream goes to somebody who reads it, and does not lie in a file. */
bool sink_write_is_read(const sink *self);

/* Whether there is no use for more frames, since nobody reads the stream any more, which has been
 * told. Asks the system, also while no frames come. */
bool sink_write_has_enough(sink *self);

/* The frames that have been written. */
uint64_t sink_write_count(const sink *self);

/* Ends the stream; whether all of it is where it should be, and no frame was left out, or what is
 * not has been reported. The last four are for a sink of sink_open_write. */
bool sink_write_went_well(sink *self);

/* Copies a text, up to a zero in it, with one at its end; to be freed. NULL: no memory. */
char *sink_copy_text(const receipt *r);

/* Whether no command has failed; else says how many have. For a sink of sink_open_exec. */
bool sink_exec_went_well(const sink *self);

/* The name of a pixel format, or the characters of its code, which are put into text. */
#define SINK_FORMAT_BYTES APP_DESCRIBE_FORMAT_BYTES
const char *sink_format_name(char text[SINK_FORMAT_BYTES], uint32_t format);

#endif
