/* The buffer of a ferry_image. ferry_image_free is in consumer.h. */
#ifndef FERRYI_PICTURE_H
#define FERRYI_PICTURE_H

#include <frameferry/consumer.h>

/* Makes room for bytes of pixels; what was there is lost if that takes another buffer. Shrinks
 * nothing. FERRY_NO_MEMORY: image is unchanged. */
ferry_status ferryi_image_reserve(ferry_image *image, size_t bytes);

#endif
