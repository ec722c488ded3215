/* The bytes of a picture file on their way to a stream, or into memory. */
#ifndef FERRYI_IMAGE_WRITER_H
#define FERRYI_IMAGE_WRITER_H

#include <stddef.h>
#include <stdio.h>

#include <frameferry/image.h>

/* Takes bytes until the first write that fails, and drops all later ones. One of stream and memory
 * is set. */
typedef struct ferryi_writer {
    FILE *stream;
    ferry_image_file *memory; /* grows, and is appended to */
    int os_code;              /* of the write that failed, ENOMEM for memory; 0 */
} ferryi_writer;

void ferryi_writer_put(ferryi_writer *writer, const void *bytes, size_t count);

#endif
