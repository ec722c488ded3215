/* The one thing of EXIF that changes how a picture is shown (CIPA DC-008, tag 0x0112). */
#ifndef FERRYI_IMAGE_EXIF_H
#define FERRYI_IMAGE_EXIF_H

#include "image/codec.h"

enum { FERRYI_UPRIGHT = 1, FERRYI_ORIENTATIONS = 8 };

/* The orientation, 1 to 8, that a block of EXIF says, which begins as a TIFF file does; 0 if it
 * says none that counts. Any bytes may be given. */
uint32_t ferryi_exif_orientation(ferryi_bytes exif);

#endif
