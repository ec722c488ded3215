/* Where frames come from: one small interface, and what implements it. For the main thread. */
#ifndef PRODUCER_SOURCE_H
#define PRODUCER_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <frameferry/frameferry.h>

typedef struct source_frame {
    ferry_frame_info info;
    const uint8_t *pixels; /* the source's, until its next call; NULL: draw makes them where the
                              caller wants them */
} source_frame;

typedef struct source source;
struct source {
    /* Goes on whether or not anybody receives. Its frames are dropped rather than kept waiting. */
    bool live;

    /* Makes the next frame ready; false after the last. Frames that cannot be had are left out,
     * with a warning. */
    bool (*next)(source *self, source_frame *frame);

    /* Draws the frame of the last next, laid out as its info says, without padding between rows.
     * NULL for a source whose frames have pixels. */
    void (*draw)(source *self, uint8_t *pixels);

    void (*close)(source *self);
};

/* Files and directories of files. Directories are read, and each file's header is looked at, at
 * once; what cannot be read, or does not fit, is named in a warning and left out. */
typedef struct files_request {
    char **paths;
    size_t count;
    bool loop;           /* begins again after the last */
    uint32_t dialect;    /* a ferry_dialect: BaseImage programs expect blue before red */
    uint64_t slot_bytes; /* the largest frame, header included */
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
} pattern_request;

/* Reads "pattern:WxH[:FORMAT]"; false: it is wrong, which has been reported as wrong usage. */
bool pattern_parse(const char *text, pattern_request *out);

/* Returns FERRY_NO_MEMORY or what ferry_image_convert does; the error has a sentence. The request's
 * format has to be set. */
ferry_status source_open_pattern(source **out, const pattern_request *request, ferry_error *error);

/* Whether a frame with its header fits a slot. If not, the error's sentence names the frame and the
 * --capacity that would do. info->length_bytes has to be set; slot_bytes includes the header. */
bool source_fits(const char *label, const ferry_frame_info *info, uint64_t slot_bytes,
                 uint32_t dialect, ferry_error *error);

#endif
