/* A TIFF that lies in memory, opened by libtiff. Nothing is printed. */
#ifndef FERRYI_IMAGE_TIFF_SESSION_H
#define FERRYI_IMAGE_TIFF_SESSION_H

#include "image/codec.h"

#include <tiffio.h>

typedef struct ferryi_tiff_session {
    TIFF *tiff; /* NULL: not opened */
    ferryi_bytes bytes;
    uint64_t at;
    uint64_t furthest; /* byte that was read, and one more */
    bool out_of_reach; /* bytes were asked for that have not been read from the file yet */
    bool beyond;       /* bytes were asked for that the file does not have */
    bool damaged;      /* libtiff has reported an error */
} ferryi_tiff_session;

/* t is set in any case, and to be closed. It must not be moved, nor bytes freed, until then. */
bool ferryi_tiff_session_open(ferryi_tiff_session *t, ferryi_bytes bytes);
void ferryi_tiff_session_close(ferryi_tiff_session *t);

#endif
