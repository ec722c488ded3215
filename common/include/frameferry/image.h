/* Pictures in files: loading and saving. This header is that of libframeferry-image. stb_image,
 * stb_image_write, libpng and ISA-L do most of the work.
 *
 * Calls may be made from any thread at once, block for as long as the file system takes, and touch
 * nothing but their arguments. */
#ifndef FRAMEFERRY_IMAGE_H
#define FRAMEFERRY_IMAGE_H

#include <stdbool.h>

#include "frame.h"

FERRY_BEGIN_DECLS

/* The largest picture that is read from a file. A decoded size is checked before memory is taken.
 */
#define FERRY_IMAGE_MAX_SIDE 32768
#define FERRY_IMAGE_MAX_BYTES (INT64_C(1) << 30)

typedef struct ferry_image_load_options {
    size_t size; /* of this struct, set by the initialiser */

    /* 1: rows and columns are those of the file. 0: a picture whose EXIF orientation says that it
     * was taken on its side, upside down or mirrored (JPEG, PNG, WebP, TIFF) is turned upright;
     * width and height are those of the upright picture. */
    uint32_t as_stored;

    uint32_t reserved; /* 0 */
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

/* Size and format of the picture in a file, from its header only, but for a picture that would be
 * many times as large as its file: that one is looked through as by ferry_image_load. out->info
 * gets width, height, format, bit_count, stride_bytes and length_bytes as ferry_image_load would
 * give them; out->pixels is not touched. (A PNG whose orientation stands behind its pixels is not
 * known to lie on its side yet.) options may be NULL: the defaults. Returns as ferry_image_load. */
FERRY_IMAGE_API ferry_status ferry_image_probe(const char *path,
                                               const ferry_image_load_options *options,
                                               ferry_image *out, ferry_error *error);

/* Reads a picture file (PNG, JPEG, BMP, TGA, PNM and PAM, the first frame of a GIF, and in a
 * build that has the libraries the first one of a WebP or TIFF) into out, which it grows as
 * ferry_consumer_copy does. Pictures without color give gray (gray16le from more than 8 bits),
 * those with an alpha channel and every GIF rgba, those with more than 8 bits a color rgb48le, all
 * others rgb24; rows have no padding. The file is read as far as its picture needs, and what it
 * claims is checked against the bytes that are there before memory is taken. On failure out is
 * unchanged in size and its pixels are undefined. options may be NULL: the defaults. Returns
 * FERRY_UNREADABLE (no picture, of a kind that is not read, damaged, cut short, or larger than the
 * limits above), FERRY_SYSTEM_ERROR (the file cannot be opened or read), FERRY_NOT_ALLOWED (for
 * want of a permission), FERRY_NO_MEMORY, FERRY_INVALID_ARGUMENT. The error names the file. */
FERRY_IMAGE_API ferry_status ferry_image_load(const char *path,
                                              const ferry_image_load_options *options,
                                              ferry_image *out, ferry_error *error);

/* The same with the bytes of a file. name stands for it in sentences, and tells a TGA, which has no
 * other mark. Nothing of bytes is needed afterwards. */
FERRY_IMAGE_API ferry_status ferry_image_decode(const void *bytes, size_t length, const char *name,
                                                const ferry_image_load_options *options,
                                                ferry_image *out, ferry_error *error);

typedef struct ferry_image_save_options {
    size_t size; /* of this struct, set by the initialiser */

    /* NULL, or called once, in the thread of the caller, when the last pixel has been read and the
     * file's bytes have been handed to the system, and before the file gets its name. It is there
     * for frames that are held in place: release the frame in it. Anything but FERRY_OK discards
     * the file and is what ferry_image_save returns. It is not called when saving has failed
     * before; what comes after it, the disk for one, can still fail. */
    ferry_status (*confirm)(void *argument);
    void *argument; /* handed to confirm */

    uint32_t jpeg_quality; /* 1 to 100; 0: 90. Above 90 colors keep their full resolution */

    /* 1: nothing that has the name of the file is replaced, however late it came; saving fails
     * then. 0: a file is. */
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

/* Whether ferry_image_save knows the ending of path: png, jpg, jpeg, bmp, tga or raw, without
 * regard to case. False for NULL. Touches no file. */
FERRY_IMAGE_API bool ferry_image_can_save(const char *path);

/* Writes a frame to a file of the kind that the ending of path names, whole or not at all: the file
 * is written without its name, flushed to the disk, and then gets the name, replacing a file that
 * was there unless it must be new.
 *
 * - png: gray, gray16le and rgb48le with all bits, rgba and bgra with their alpha channel, others
 *   as RGB
 * - jpg, jpeg: colors as RGB; an alpha channel is left out, so that the colors below it show
 * - bmp, tga: gray (BMP: as RGB), rgba and bgra with their alpha channel, others as RGB
 * - raw: the pixels as they are, all planes, rows without padding, no header, as FFmpeg's rawvideo
 *   has them; of a format without a name info->length_bytes bytes of them
 *
 * gray16le and rgb48le are rounded to 8 bits outside PNG and raw. YUV becomes RGB as
 * ferry_image_convert does it. JPEG loses a little in any case. options may be NULL: the defaults.
 *
 * Returns FERRY_SYSTEM_ERROR (also when the compressor of PNG fails, and then os_code is 0, and
 * when the file must be new and is not),
 * FERRY_NOT_ALLOWED (for want of a permission) or FERRY_NO_SPACE, FERRY_NOT_SUPPORTED (another
 * ending, a format without a name, or a picture larger than such a file can be: 65535 pixels a side
 * in JPEG and TGA, 2 GiB in BMP), FERRY_INVALID_ARGUMENT, FERRY_NO_MEMORY, and what confirm
 * returned. The error names path; no file is left behind. A kill leaves nothing either, but on a
 * file system without O_TMPFILE a hidden file beside path. The folder is not flushed: after a loss
 * of power the file is whole or not there. */
FERRY_IMAGE_API ferry_status ferry_image_save(const char *path, const ferry_frame_info *info,
                                              const uint8_t *pixels,
                                              const ferry_image_save_options *options,
                                              ferry_error *error);

FERRY_END_DECLS

#endif
