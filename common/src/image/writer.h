/* The bytes of a picture file on their way to a stream. */
#ifndef FERRYI_IMAGE_WRITER_H
#define FERRYI_IMAGE_WRITER_H

#include <stddef.h>
#include <stdio.h>

/* Takes bytes until the first write that fails, and drops all later ones. */
typedef struct ferryi_writer {
    FILE *stream;
    int os_code; /* of the write that failed; 0 */
} ferryi_writer;

void ferryi_writer_put(ferryi_writer *writer, const void *bytes, size_t count);

#endif
