/* Where frames come from: one small interface, and what implements it. Opened and closed by the
 * main thread; next may be called by another one, so that it can work ahead. */
#ifndef PRODUCER_SOURCE_H
#define PRODUCER_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <frameferry/frameferry.h>

#include "shared/parse.h"
#include "shared/port.h"
#include "sources/feed.h"
#include "sources/stored.h"

/* The files and frames that a source has left out; may be read once it is closed. */
typedef struct source_losses {
    uint64_t files;  /* that could not be read or sent */
    uint64_t frames; /* that another machine had, and that newer ones overtook on the way */
} source_losses;

typedef struct source source;
struct source {
    /* Goes on whether or not anybody receives. Its frames are dropped rather than kept waiting. */
    bool live;

    /* Another program makes the frames, at its pace, and waits with us unless the source is live.
     */
    bool is_piped;

    /* Every frame is the same picture. */
    bool is_still;

    /* A pace of its own; frames == 0: none. Known once it is open. */
    app_rate rate;

    /* Bytes that a slot needs for the largest frame, as it will be stored, and its header. Known
     * once it is open. */
    uint64_t slot_bytes;

    /* Set by a next that returned false because its input is wrong (cut short, say), which has been
     * said: what was sent was good, but it was not all. */
    bool is_broken;

    /* Puts the next frame with its pixels into an image, which it grows with ferry_image_reserve;
     * false after the last, and when the user asks to stop while it waits for input. Frames that
     * cannot be had are left out, with a warning. Called by one thread at a time, which need not be
     * the one that opened the source. */
    bool (*next)(source *self, ferry_image *into);

    /* Waits until next does not block; false at deadline_ns on ferry_clock_ns. NULL: this cannot be
     * known. For the main thread. */
    bool (*await)(source *self, uint64_t deadline_ns);

    /* NULL for all but sources that fill slots by themselves, and keep the pace that was asked for.
     * Called in the place of await and next where frames are stored as they come. A source may have
     * several claims of the producer open at once, and fill them in any order; *filled becomes one
     * whose frame is whole, with its description but for notes of the command line: the caller
     * commits it, or aborts it. Claims that are open at the end go with the producer, which is
     * closed before the source. Returns FERRY_OK; FERRY_WOKEN at deadline_ns on ferry_clock_ns, or
     * when a signal came; FERRY_TIMEOUT and FERRY_FULL, as ferry_producer_claim returned it: no
     * slot was free; FERRY_INTERRUPTED; FERRY_END_OF_STREAM after the last frame; else a failure,
     * with a sentence. For the main thread (docs/decisions/0060). */
    ferry_status (*fill)(source *self, ferry_producer *producer, uint64_t deadline_ns,
                         ferry_claim *filled, ferry_error *error);

    /* NULL for all but sources whose next gives a description alone. Draws the frame of the last
     * next, laid out as its info says, without padding between rows. */
    void (*draw)(source *self, uint8_t *pixels);

    /* Makes a next that waits for input, and every later one, return false soon. From any thread.
     * NULL: next never waits for others. */
    void (*interrupt)(source *self);

    void (*close)(source *self);
};

/* The beginning of a source whose frames are those of another one. */
source source_like(const source *from);

/* Each of these makes a source from another one and takes that over, also when it fails: then there
 * is no memory, and it returns NULL. */

/* For a source that is still: what is in the image already is not made again. The caller changes
 * nothing there between two calls of next. */
source *source_keep_still(source *from);

/* Works ahead: a thread calls next of the other source, which does not draw, and keeps a few frames
 * ready. It begins with the first await or next, and does not go beyond `count` frames (0: all), so
 * that nothing is read, or waited for, that is not wanted. Warnings come in the order of the
 * frames, but before their time. Closing it waits for the picture that is in the making. */
source *source_work_ahead(source *from, uint64_t count);

/* Files and directories of files. Directories are read, and each file's header is looked at, at
 * once; what cannot be read, or does not fit, is named in a warning, counted and left out. In a
 * directory, files that neither are pictures nor say so are left out without that. */
typedef struct files_request {
    char **paths;
    size_t count;
    uint64_t *skipped;   /* where to add what was left out; may be read once the source is closed */
    bool loop;           /* begins again after the last */
    bool as_stored;      /* pictures are not turned upright */
    stored_form form;    /* tells how much of a slot a picture takes */
    uint64_t slot_bytes; /* the largest frame, header included, that may be sent */
    feed *opened;        /* the one path, which is a pipe, and is read; taken over. NULL: none */
} files_request;

/* Returns FERRY_UNREADABLE when no file is left, FERRY_NO_MEMORY; the error has a sentence. */
ferry_status source_open_files(source **out, const files_request *request, ferry_error *error);

/* A moving test picture: colour bars, a ramp, a white box on its way, the frame's number in six
 * digits or more. Frame 1 is the first, and the picture depends on nothing but the number and the
 * request. */
#define PATTERN_PREFIX "pattern:"
typedef struct pattern_request {
    int32_t width;
    int32_t height;
    uint32_t format; /* 0: rgb24, or what the dialect's programs expect */
    app_yuv yuv;     /* for YUV; unspecified: BT.601, of limited range */
} pattern_request;

/* Reads "pattern:WxH[:FORMAT]"; false: it is wrong, which has been reported as wrong usage. */
bool pattern_parse(const char *text, pattern_request *out);

/* Returns FERRY_NO_MEMORY or what ferry_image_convert does; the error has a sentence. The request's
 * format has to be set. */
ferry_status source_open_pattern(source **out, const pattern_request *request, ferry_error *error);

/* Frames from standard input, a file or a pipe: a YUV4MPEG2 stream (y4m.h), whose rate is the pace,
 * or raw frames one after the other. They come when they are there: capture_ns is when the last
 * byte was read. */
typedef struct stream_request {
    bool is_raw; /* false: YUV4MPEG2, and the next five are not used */
    int32_t width;
    int32_t height;
    uint32_t format;
    uint32_t stride_bytes; /* from one row to the next in the first plane; 0: no padding */
    bool is_gstreamer;     /* rows and planes lie as GStreamer has them */
    bool loop;             /* a regular file begins again after its last frame */
    stored_form form;      /* tells how much of a slot a frame takes */
    uint64_t slot_bytes;   /* the largest frame, header included, that may be sent */
} stream_request;

/* Reads "WxH:FORMAT", and ",stride=N" or ",gstreamer" behind it; false: it is wrong, which has been
 * reported as wrong usage. Sets only the first six. */
bool raw_parse(const char *text, stream_request *out);

/* Where the planes of a raw frame lie in the stream. Returns as ferry_layout_compute. */
ferry_status raw_layout(ferry_layout *out, const stream_request *request);

/* For a stream whose length is not a whole number of frames: the format that would make it so, as
 * the end of a sentence; an empty text if there is no guess. */
#define RAW_GUESS_BYTES 160
void raw_guess(char out[RAW_GUESS_BYTES], const stream_request *request, uint64_t total_bytes);

/* Waits for the first bytes, and reads as far as the first frame. Takes what feed_open has opened
 * over, also when it fails. Returns FERRY_UNREADABLE (nothing, or not what it should be),
 * FERRY_NOT_SUPPORTED (a kind of picture that cannot be sent), FERRY_TOO_LARGE, FERRY_NO_MEMORY,
 * FERRY_SYSTEM_ERROR and the like; the error has a sentence. FERRY_INTERRUPTED: the user asks to
 * stop. */
ferry_status source_open_stream(source **out, const feed *from, const stream_request *request,
                                ferry_error *error);

/* Texts, a line each, of a file or pipe; NULL: of standard input, also when that is a terminal.
 * Without keeps_empty, empty lines are left out, since a frame has at least one byte. The path has
 * to live as long as the source. Returns as host_open_input. */
ferry_status source_open_lines(source **out, const char *path, bool keeps_empty,
                               ferry_error *error);

/* The messages of a program of another convention. The port has to live as long as the source.
 * Returns as ferry_port_open. */
#define FROM_PORT_PREFIX "from:"
ferry_status source_open_port(source **out, const app_port *port, const app_share *share,
                              ferry_error *error);

/* Frames of a channel of another machine, from ferry-web: the newest one each time, straight into a
 * slot. It is looked for, and waited for, again and again. */
typedef struct http_request {
    const char *address; /* as http_url.h has it; has to live as long as the source */
    unsigned requests;   /* under way at once, from 1 on */
    app_rate pace;       /* frames == 0: as they come */
    const char *token_file;
    const char *token;     /* in its place; both NULL: none */
    const char *authority; /* a file with certificates; NULL: those of the system */
    stored_form form;      /* tells how much of a slot a frame takes */
    uint64_t slot_bytes;   /* the largest frame, header included, that may be sent */
    uint64_t room_bytes;   /* of a slot, if that is known; 0: the source says it */
    source_losses *losses; /* where to count */
} http_request;

/* Waits for the first answer with a frame. Returns FERRY_NOT_SUPPORTED (libcurl is missing, or this
 * build has no HTTP), FERRY_NOT_ALLOWED (the token, or the server's certificate), FERRY_TOO_LARGE,
 * FERRY_UNREADABLE (it is no ferry-web, or the file of the token cannot be read), FERRY_NO_MEMORY;
 * the error has a sentence. FERRY_INTERRUPTED: the user asks to stop. */
ferry_status source_open_http(source **out, const http_request *request, ferry_error *error);

/* Bytes that a slot needs for a frame, whose info->length_bytes is set, with its header. */
uint64_t source_needs(const ferry_frame_info *info);

/* Whether a frame with its header fits a slot: FERRY_OK, or FERRY_TOO_LARGE with a sentence that
 * names the frame and a sufficient --capacity. info->length_bytes has to be set. slot_bytes
 * includes the header. */
ferry_status source_check_size(const char *label, const ferry_frame_info *info, uint64_t slot_bytes,
                               uint32_t dialect, ferry_error *error);

#endif
