/* JPEG in a build without libjpeg-turbo. */
#include "image/encode_jpeg.h"
#include "image/stb.h"

ferryi_encoder_wish ferryi_encode_jpeg_wish(const ferry_frame_info *info) {
    return (ferryi_encoder_wish){ferryi_stb_format(info->format), false};
}

ferry_status ferryi_encode_jpeg(ferryi_writer *writer, const ferryi_view *view) {
    return ferryi_stb_encode_jpeg(writer, view);
}
