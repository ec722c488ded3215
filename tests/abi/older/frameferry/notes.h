#ifndef FRAMEFERRY_NOTES_H
#define FRAMEFERRY_NOTES_H
#include "frame.h"
#include "status.h"
#include "version.h"
#include <stdbool.h>
#include <stdint.h>
FERRY_BEGIN_DECLS
typedef struct ferry_note {
    char key[FERRY_METADATA_MAX];
    char value[FERRY_METADATA_MAX];
} ferry_note;
FERRY_API ferry_status ferry_notes_add(ferry_frame_info *info, const char *key, const char *value,
                                       ferry_error *error);
FERRY_API bool ferry_notes_are_valid(const ferry_frame_info *info);
FERRY_API bool ferry_notes_next(const ferry_frame_info *info, uint32_t *at, ferry_note *out);
FERRY_API bool ferry_notes_find(const ferry_frame_info *info, const char *key, ferry_note *out);
FERRY_END_DECLS
#endif
