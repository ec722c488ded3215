#include "image/writer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_ROOM = 1 << 16 };

/* Doubled, so that a file is copied about once on its way, however long it becomes. */
static bool make_room(ferry_image_file *file, size_t count) {
    if (file->bytes == NULL)
        file->capacity_bytes = 0; /* of an initialiser that was filled in by halves */
    if (count > SIZE_MAX - file->length_bytes)
        return false;
    size_t needed = file->length_bytes + count, room = file->capacity_bytes;
    if (needed <= room)
        return true;
    room = room > SIZE_MAX / 2 ? needed : 2 * room;
    room = room < needed ? needed : room;
    room = room < FIRST_ROOM ? FIRST_ROOM : room;
    uint8_t *grown = realloc(file->bytes, room);
    if (grown == NULL)
        return false;
    file->bytes = grown;
    file->capacity_bytes = room;
    return true;
}

static int put_in_memory(ferry_image_file *file, const void *bytes, size_t count) {
    if (count == 0)
        return 0;
    if (!make_room(file, count))
        return ENOMEM;
    memcpy(file->bytes + file->length_bytes, bytes, count);
    file->length_bytes += count;
    return 0;
}

static int put_in_stream(FILE *stream, const void *bytes, size_t count) {
    errno = 0;
    if (fwrite(bytes, 1, count, stream) == count)
        return 0;
    return errno != 0 ? errno : EIO;
}

void ferryi_writer_put(ferryi_writer *writer, const void *bytes, size_t count) {
    if (writer->os_code != 0)
        return;
    writer->os_code = writer->memory != NULL ? put_in_memory(writer->memory, bytes, count)
                                             : put_in_stream(writer->stream, bytes, count);
}
