#include "image/writer.h"

#include <errno.h>

void ferryi_writer_put(ferryi_writer *writer, const void *bytes, size_t count) {
    if (writer->os_code != 0)
        return;
    errno = 0;
    if (fwrite(bytes, 1, count, writer->stream) != count)
        writer->os_code = errno != 0 ? errno : EIO;
}
