#ifndef FRAMEFERRY_IMAGE_H
#define FRAMEFERRY_IMAGE_H
#include "frame.h"
#include "status.h"
#include "version.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
FERRY_BEGIN_DECLS
#define FERRY_IMAGE_MAX_SIDE 32768
#define FERRY_IMAGE_MAX_BYTES (INT64_C(1) << 30)
typedef struct ferry_image_load_options {
    size_t size;
    uint32_t as_stored;
    uint32_t reserved;
} ferry_image_load_options;
#ifdef __cplusplus
static inline ferry_image_load_options ferry_image_load_options_init() {
    ferry_image_load_options options = ferry_image_load_options();
    options.size = sizeof(ferry_image_load_options);
    return options;
}
#define FERRY_IMAGE_LOAD_OPTIONS_INIT ferry_image_load_options_init()
#else
#define FERRY_IMAGE_LOAD_OPTIONS_INIT                                                              \
    { .size = sizeof(ferry_image_load_options) }
#endif
FERRY_IMAGE_API ferry_status ferry_image_probe(const char *path,
                                               const ferry_image_load_options *options,
                                               ferry_image *out, ferry_error *error);
FERRY_IMAGE_API ferry_status ferry_image_load(const char *path,
                                              const ferry_image_load_options *options,
                                              ferry_image *out, ferry_error *error);
FERRY_IMAGE_API ferry_status ferry_image_decode(const void *bytes, size_t length, const char *name,
                                                const ferry_image_load_options *options,
                                                ferry_image *out, ferry_error *error);
typedef struct ferry_image_save_options {
    size_t size;
    ferry_status (*confirm)(void *argument);
    void *argument;
    uint32_t jpeg_quality;
    uint32_t must_be_new;
} ferry_image_save_options;
#ifdef __cplusplus
static inline ferry_image_save_options ferry_image_save_options_init() {
    ferry_image_save_options options = ferry_image_save_options();
    options.size = sizeof(ferry_image_save_options);
    return options;
}
#define FERRY_IMAGE_SAVE_OPTIONS_INIT ferry_image_save_options_init()
#else
#define FERRY_IMAGE_SAVE_OPTIONS_INIT                                                              \
    { .size = sizeof(ferry_image_save_options) }
#endif
FERRY_IMAGE_API bool ferry_image_can_save(const char *path);
FERRY_IMAGE_API ferry_status ferry_image_save(const char *path, const ferry_frame_info *info,
                                              const uint8_t *pixels,
                                              const ferry_image_save_options *options,
                                              ferry_error *error);
FERRY_END_DECLS
#endif
