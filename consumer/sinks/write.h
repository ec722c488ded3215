/* Inside of the sink of --write: a frame gets the shape of the stream, and then the form that its
 * kind has. */
#ifndef CONSUMER_WRITE_H
#define CONSUMER_WRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <frameferry/frameferry.h>
#include <frameferry/image.h>

#include "host/host.h"
#include "options.h"
#include "sinks/packed.h"

typedef struct write_kind write_kind;

/* A picture on its way. */
typedef struct write_frame {
    const ferry_frame_info *info;
    const uint8_t *pixels;
} write_frame;

/* The properties that all frames of the stream share. Starts as all zeros. */
typedef struct write_shape {
    const write_kind *kind;
    uint32_t format; /* that frames are converted to; 0: not said */
    bool scales;     /* later frames get the size and format of the first */

    /* Of the first frame, as it is in the stream. */
    bool has_begun;
    ferry_frame_info first;

    bool has_told;       /* the user knows that frames are converted, or decoded */
    bool has_told_first; /* that some are converted to the format of the first */
    bool has_recolored;  /* and that some mean other colors than the stream says */
    ferry_image decoded, converted, scaled;
    ferry_frame_info described; /* of what was decoded */
} write_shape;

/* Gives a frame the shape of the stream, which the first one decides. frame is valid until the next
 * call. Returns FERRY_OK. FERRY_UNREADABLE: this frame cannot be decoded. FERRY_NOT_SUPPORTED: it
 * is not of the stream's size or format, or the kind of stream cannot have it. FERRY_NO_MEMORY and
 * the like. */
ferry_status write_shape_take(write_shape *s, write_frame *frame, ferry_error *error);
void write_shape_free(write_shape *s);

typedef struct write_stream {
    write_shape shape;
    app_rate rate; /* that the user has said; frames 0: nothing */
    host_outlet *outlet;
    packer packed;
    packer moved; /* for a kind of its own */
    ferry_image_file file;
} write_stream;

struct write_kind {
    const char *name;   /* in sentences */
    bool has_one_shape; /* which every frame of the stream has */

    /* The format in which it has frames of a format with pixels; of another the same. */
    uint32_t (*carried)(uint32_t format);

    /* Whether it has frames of a format without pixels. */
    bool (*has_bytes)(uint32_t format);

    /* Writes one frame, which is the first or not, in that shape. Returns as host_write_outlet; and
     * FERRY_NOT_SUPPORTED, FERRY_NO_MEMORY. */
    ferry_status (*put)(write_stream *w, const write_frame *frame, bool is_first,
                        ferry_error *error);
};

extern const write_kind write_kind_y4m, write_kind_raw, write_kind_mjpeg;

/* The header of a stream in YUV4MPEG2, with the end of its line, for frames like this one, whose
 * format such a stream has. rate may be that of nothing: frames 0. */
#define WRITE_Y4M_HEADER_BYTES 256
size_t write_y4m_header(char out[WRITE_Y4M_HEADER_BYTES], const ferry_frame_info *info,
                        const app_rate *rate);

/* The format in which YUV4MPEG2 has frames of a format. */
uint32_t write_y4m_carried(uint32_t format);

#endif
