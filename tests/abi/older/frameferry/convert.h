#ifndef FRAMEFERRY_CONVERT_H
#define FRAMEFERRY_CONVERT_H
#include "frame.h"
#include "status.h"
#include "version.h"
#include <stdint.h>
FERRY_BEGIN_DECLS
FERRY_API ferry_status ferry_image_convert(const ferry_frame_info *info, const uint8_t *pixels,
                                           uint32_t format, ferry_image *out, ferry_error *error);
FERRY_END_DECLS
#endif
