#include "shared/yuv.h"

#include <string.h>

#include <frameferry/frame.h>

#include "shared/json.h"
#include "shared/message.h"

enum { MATRICES = FERRY_MATRIX_BT2020 + 1, RANGES = FERRY_RANGE_FULL + 1 };

static const char *const matrices[MATRICES] = {[FERRY_MATRIX_UNSPECIFIED] = "auto",
                                               [FERRY_MATRIX_BT601] = "bt601",
                                               [FERRY_MATRIX_BT709] = "bt709",
                                               [FERRY_MATRIX_BT2020] = "bt2020"};
static const char *const ranges[RANGES] = {[FERRY_RANGE_UNSPECIFIED] = "auto",
                                           [FERRY_RANGE_LIMITED] = "limited",
                                           [FERRY_RANGE_FULL] = "full"};

int app_yuv_parse_matrix(app_yuv *yuv, const char *value) {
    for (uint32_t i = 0; i < MATRICES; i++)
        if (strcmp(matrices[i], value) == 0) {
            yuv->matrix = i;
            return APP_EXIT_NONE;
        }
    return app_message_usage("--matrix needs bt601, bt709, bt2020 or auto, not \"%s\"", value);
}

int app_yuv_parse_range(app_yuv *yuv, const char *value) {
    for (uint32_t i = 0; i < RANGES; i++)
        if (strcmp(ranges[i], value) == 0) {
            yuv->range = i;
            return APP_EXIT_NONE;
        }
    return app_message_usage("--range needs full, limited or auto, not \"%s\"", value);
}

void app_yuv_say(const app_yuv *yuv, ferry_frame_info *info) {
    if (yuv->matrix != FERRY_MATRIX_UNSPECIFIED)
        info->color_matrix = yuv->matrix;
    if (yuv->range != FERRY_RANGE_UNSPECIFIED)
        info->color_range = yuv->range;
}

bool app_yuv_is(uint32_t format) {
    switch (format) {
    case FERRY_FORMAT_YUYV422:
    case FERRY_FORMAT_UYVY422:
    case FERRY_FORMAT_NV12:
    case FERRY_FORMAT_NV21:
    case FERRY_FORMAT_NV16:
    case FERRY_FORMAT_YUV420P:
    case FERRY_FORMAT_YUV422P:
    case FERRY_FORMAT_YUV444P:
    case FERRY_FORMAT_P010LE: return true;
    default: return false;
    }
}

/* A peer may have written any number. */
static const char *name_of(const char *const *names, uint32_t count, uint32_t value,
                           uint32_t format) {
    return app_yuv_is(format) && value > 0 && value < count ? names[value] : NULL;
}

const char *app_yuv_matrix_name(const ferry_frame_info *info) {
    return name_of(matrices, MATRICES, info->color_matrix, info->format);
}

const char *app_yuv_range_name(const ferry_frame_info *info) {
    return name_of(ranges, RANGES, info->color_range, info->format);
}

void app_yuv_put_json(app_line *line, const ferry_frame_info *info) {
    app_json_text(line, "matrix", app_yuv_matrix_name(info));
    app_json_text(line, "range", app_yuv_range_name(info));
}
