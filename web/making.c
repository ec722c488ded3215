#include "making.h"

#include <stdlib.h>

#include <frameferry/image.h>

#include "host/inside.h"

static void make_file(making *m, const char *name, const making_plan *plan,
                      const ferry_frame_info *info, const uint8_t *pixels) {
    ferry_image_save_options options = FERRY_IMAGE_SAVE_OPTIONS_INIT;
    ferry_image_file file = FERRY_IMAGE_FILE_INIT;
    options.jpeg_quality = plan->quality;
    m->status = ferry_image_encode(name, info, pixels, &options, &file, &m->error);
    if (m->status == FERRY_OK) {
        m->bytes = file.bytes;
        m->length_bytes = file.length_bytes;
    } else
        ferry_image_file_free(&file);
}

static void make_jpeg(making *m, const making_plan *plan, const ferry_frame_info *info,
                      const uint8_t *pixels) {
    make_file(m, "frame.jpg", plan, info, pixels);
}

static void make_png(making *m, const making_plan *plan, const ferry_frame_info *info,
                     const uint8_t *pixels) {
    make_file(m, "frame.png", plan, info, pixels);
}

static void (*const kinds[])(making *m, const making_plan *plan, const ferry_frame_info *info,
                             const uint8_t *pixels) = {
    [MAKING_JPEG] = make_jpeg,
    [MAKING_PNG] = make_png,
};

void making_run(making *m, const making_plan *plan, const ferry_frame_info *info,
                const uint8_t *pixels) {
    making_free(m);
    *m = (making){.status = FERRY_OK};
    kinds[plan->kind](m, plan, info, pixels);
}

void making_free(making *m) {
    free(m->bytes);
    m->bytes = NULL;
}
