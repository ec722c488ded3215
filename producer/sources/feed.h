/* The bytes of one SOURCE: standard input, a file, a pipe. It is opened once, and read once from
 * its beginning to its end, since what comes from a pipe does not come again. */
#ifndef PRODUCER_FEED_H
#define PRODUCER_FEED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/host.h"

/* Enough to tell a stream of frames from other things, and no more than the smallest of them has.
 */
#define FEED_HEAD_BYTES 12

typedef struct feed {
    const char *name;  /* for sentences: the path, or "standard input" */
    const char *path;  /* NULL: standard input */
    bool is_file;      /* a regular one, which can begin again */
    host_input *input; /* NULL: it is not open */
    uint8_t head[FEED_HEAD_BYTES];
    size_t head_bytes; /* that have come */
    size_t head_used;  /* of these, handed out by feed_read */
    bool has_bytes;    /* something has come */
    bool is_settled;   /* a frame has come, or that there is none has been told */
    bool has_frame;    /* a whole one has come */
    bool has_stalled;  /* that no more comes has been told */
} feed;

/* Opens what path names, or standard input. Does not wait for anything. Returns FERRY_UNREADABLE
 * (standard input is a terminal), FERRY_NO_MEMORY, FERRY_SYSTEM_ERROR, FERRY_NOT_ALLOWED, with a
 * sentence. The caller ends it with feed_close, also after a failure. path is not copied. */
ferry_status feed_open(feed *f, const char *path, ferry_error *error);

/* Waits for the first bytes, up to FEED_HEAD_BYTES, which stay to be read. Returns FERRY_OK, also
 * for what is shorter, or as feed_read. */
ferry_status feed_peek(feed *f, ferry_error *error);

/* Whether what feed_peek has seen is the beginning of a YUV4MPEG2 stream. */
bool feed_is_y4m(const feed *f);

/* As host_read_input. A pipe that is silent for a while is told of, once
 * before feed_settle and once after it. */
ferry_status feed_read(feed *f, void *bytes, size_t count, size_t *got, ferry_error *error);

/* Reads up to the end, but no more than `most` bytes: then it is FERRY_TOO_LARGE. *bytes is the
 * caller's, from malloc, also when it fails; else as feed_read. */
ferry_status feed_read_all(feed *f, size_t most, uint8_t **bytes, size_t *count,
                           ferry_error *error);

/* Goes back to the beginning of a regular file, at whose end it is. Returns FERRY_OK, or
 * FERRY_SYSTEM_ERROR and the like with a sentence. */
ferry_status feed_rewind(feed *f, ferry_error *error);

/* From any thread: what reads it now, and later, is interrupted. */
void feed_interrupt(feed *f);

/* A whole frame has come: silence from now on is one in the midst. */
void feed_settle(feed *f);

void feed_close(feed *f);

#endif
