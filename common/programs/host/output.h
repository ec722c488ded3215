/* Writing to standard output and standard error. */
#ifndef HOST_OUTPUT_H
#define HOST_OUTPUT_H

#include <stddef.h>

#include <frameferry/clock.h>
#include <frameferry/status.h>

typedef enum host_stream { HOST_STREAM_OUTPUT, HOST_STREAM_ERROR } host_stream;

/* How long output waits for a reader once the user has asked to stop, in all. */
#define HOST_OUTPUT_GRACE_NS FERRY_SECOND_NS

/* Writes all bytes to standard output or standard error. Sleeps while a pipe or a socket is full,
 * or a terminal is held. Nothing else may write there by way of a FILE. Up to 4096 bytes go out in
 * one piece, unless the reader is a socket or a terminal.
 *
 * Returns FERRY_OK. FERRY_INTERRUPTED: the user has asked to stop, and nobody has read for
 * HOST_OUTPUT_GRACE_NS, or the reader is gone too. Nothing gets through any more, so that what has
 * been written is the beginning of what should have been. FERRY_NO_SPACE, FERRY_SYSTEM_ERROR and
 * the like: it cannot be written, with the reason.
 *
 * Each of the two by one thread at a time. The mode of what is shared with other programs stays as
 * it is. Source: poll(2), pipe(7), CancelSynchronousIo. */
ferry_status host_write(host_stream stream, const void *bytes, size_t count, ferry_error *error);

/* The system's part of host_write; name is for the sentence. Returns the same; the caller writes
 * the sentence of FERRY_INTERRUPTED. */
ferry_status host_output_write(host_stream stream, const char *name, const void *bytes,
                               size_t count, ferry_error *error);

#endif
