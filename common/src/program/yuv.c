#include "yuv.h"

#include <string.h>

#include "arguments.h"
#include "message.h"

int ferryi_yuv_parse_matrix(ferryi_yuv *yuv, const char *value) {
    static const char *const names[] = {[FERRY_MATRIX_UNSPECIFIED] = "auto",
                                        [FERRY_MATRIX_BT601] = "bt601",
                                        [FERRY_MATRIX_BT709] = "bt709",
                                        [FERRY_MATRIX_BT2020] = "bt2020"};
    for (uint32_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(names[i], value) == 0) {
            yuv->matrix = i;
            return FERRYI_ARGUMENTS_RUN;
        }
    return ferryi_message_usage("--matrix wants bt601, bt709, bt2020 or auto, not \"%s\"", value);
}

int ferryi_yuv_parse_range(ferryi_yuv *yuv, const char *value) {
    static const char *const names[] = {[FERRY_RANGE_UNSPECIFIED] = "auto",
                                        [FERRY_RANGE_LIMITED] = "limited",
                                        [FERRY_RANGE_FULL] = "full"};
    for (uint32_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(names[i], value) == 0) {
            yuv->range = i;
            return FERRYI_ARGUMENTS_RUN;
        }
    return ferryi_message_usage("--range wants full, limited or auto, not \"%s\"", value);
}

void ferryi_yuv_say(const ferryi_yuv *yuv, ferry_frame_info *info) {
    if (yuv->matrix != FERRY_MATRIX_UNSPECIFIED)
        info->color_matrix = yuv->matrix;
    if (yuv->range != FERRY_RANGE_UNSPECIFIED)
        info->color_range = yuv->range;
}
