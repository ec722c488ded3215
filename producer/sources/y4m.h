/* YUV4MPEG2: what ffmpeg writes with -f yuv4mpegpipe. A header line, then frames, each of which is
 * a line that begins with FRAME and the bytes of the planes. Pure functions over bytes from
 * outside.
 *
 * Source: yuv4mpeg(5) of mjpegtools; FFmpeg, libavformat/yuv4mpegenc.c and yuv4mpegdec.c. */
#ifndef PRODUCER_Y4M_H
#define PRODUCER_Y4M_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <frameferry/frameferry.h>

#include "shared/parse.h"

/* The longest line, without its end. That of ffmpeg has about 100 bytes; mjpegtools end at 256. */
#define Y4M_LINE_MAX 1024

typedef struct y4m_header {
    int32_t width;
    int32_t height;
    uint32_t format;       /* of an app_y4m_kind */
    uint32_t frame_bytes;  /* in the stream, without the line */
    uint32_t color_range;  /* a ferry_color_range; only for YUV */
    app_rate rate;         /* frames == 0: unknown */
    bool is_interlaced;    /* some or all of the frames */
    uint32_t color_matrix; /* a ferry_color_matrix; only for YUV */
    uint32_t chroma_site;  /* a ferry_chroma_site */
    uint32_t field_order;  /* a ferry_field_order */
    /* Width to height of one pixel; both 0: unknown. Neither is above APP_RATE_MAX. */
    uint32_t pixel_aspect_num, pixel_aspect_den;
} y4m_header;

/* Whether the bytes are the beginning of a header line, as far as they go. */
bool y4m_begins_header(const char *bytes, size_t count);

/* Whether the bytes are the beginning of a line before a frame, as far as they go. */
bool y4m_begins_frame(const char *bytes, size_t count);

/* Reads a header line, without its end. Parameters that are not known are passed over, and of one
 * that comes twice the last counts. The format has a layout (ferry_layout_compute) at this size.
 * Returns FERRY_UNREADABLE (it is wrong), FERRY_NOT_SUPPORTED (a kind of picture that cannot be
 * sent), FERRY_TOO_LARGE (2 GiB or more), with a sentence; out is undefined then. */
ferry_status y4m_parse_header(y4m_header *out, const char *line, size_t length, ferry_error *error);

/* Copies bytes for use in a sentence: what is not printable ASCII becomes a question mark, what is
 * too long is cut off. */
#define Y4M_QUOTE_BYTES 32
void y4m_quote(char out[Y4M_QUOTE_BYTES], const char *bytes, size_t count);

#endif
