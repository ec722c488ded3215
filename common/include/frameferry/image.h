/* Picture files, loaded and saved, and pictures of another size, by libframeferry-image. stb,
 * libpng and ISA-L do most of the work; a build may add libjpeg-turbo, libwebp and libtiff.
 *
 * Every call may be made from any thread, blocks for as long as the file system takes, and touches
 * nothing but its arguments. One that has no path blocks for nothing. Paths are UTF-8. */
#ifndef FRAMEFERRY_IMAGE_H
#define FRAMEFERRY_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "frame.h"
#include "status.h"
#include "version.h"

FERRY_BEGIN_DECLS

/* The largest picture that is read from a file. The size is checked before memory is taken. */
#define FERRY_IMAGE_MAX_SIDE 32768               /* pixels */
#define FERRY_IMAGE_MAX_BYTES (INT64_C(1) << 30) /* of pixels */

typedef struct ferry_image_load_options {
    size_t size; /* of this struct, set by the initialiser */

    /* 1: rows and columns are those of the file. 0: a picture is turned upright if its EXIF
     * orientation says that it was taken on its side, upside down or mirrored (JPEG, PNG, WebP,
     * TIFF); width and height are then those of the upright picture. */
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

/* Tells the size and format of the picture in a file. out->info gets width, height, format,
 * bit_count, stride_bytes and length_bytes as ferry_image_load would give them; out->pixels is not
 * touched. The call reads the file's header only, unless the picture would be many times as large
 * as its file: then it reads the file as ferry_image_load does. It does not see an orientation that
 * stands behind the pixels of a PNG. options may be NULL: the defaults. Returns as
 * ferry_image_load. */
FERRY_IMAGE_API ferry_status ferry_image_probe(const char *path,
                                               const ferry_image_load_options *options,
                                               ferry_image *out, ferry_error *error);

/* Reads a picture file into out, which is the caller's and grows as in ferry_consumer_copy. It
 * reads PNG, JPEG, BMP, TGA, PNM and PAM, the first frame of a GIF, and in a build that has the
 * libraries the first picture of a WebP or TIFF.
 *
 * A picture without color becomes gray, or gray16le from more than 8 bits. One with an alpha
 * channel and every GIF becomes rgba, one with more than 8 bits a color rgb48le, any other rgb24.
 * Rows have no padding. The file is read as far as its picture needs, and the sizes that it claims
 * are checked against its bytes before memory is taken. On failure out is unchanged in size and its
 * pixels are undefined. options may be NULL: the defaults.
 *
 * Returns FERRY_OK; FERRY_UNREADABLE (no picture, a kind that is not read, damaged, cut short, or
 * larger than the limits above); FERRY_SYSTEM_ERROR (the file cannot be opened or read);
 * FERRY_NOT_ALLOWED (a permission is missing); FERRY_NO_MEMORY; FERRY_INVALID_ARGUMENT. The error
 * names the file. */
FERRY_IMAGE_API ferry_status ferry_image_load(const char *path,
                                              const ferry_image_load_options *options,
                                              ferry_image *out, ferry_error *error);

/* Does the same with length bytes of a file in memory, and does not block. name stands for the file
 * in messages; its ending tells a TGA, which has no other mark. bytes are not needed after the
 * call.
 */
FERRY_IMAGE_API ferry_status ferry_image_decode(const void *bytes, size_t length, const char *name,
                                                const ferry_image_load_options *options,
                                                ferry_image *out, ferry_error *error);

typedef struct ferry_image_save_options {
    size_t size; /* of this struct, set by the initialiser */

    /* May be NULL. It is called once, in the thread of the caller, when the last pixel has been
     * read and the file's bytes have been handed to the system, before the file gets its name. It
     * serves frames that are held in place: release the frame in it. Any status but FERRY_OK
     * discards the file, and ferry_image_save returns that status. It is not called when saving has
     * failed before. Saving can still fail after it, on the disk for example. */
    ferry_status (*confirm)(void *argument);
    void *argument; /* handed to confirm */

    uint32_t jpeg_quality; /* 1 to 100; 0: 90. Above 90 colors of RGB keep their full resolution */

    /* 1: saving fails if anything has the name of the file, however late it came, and replaces
     * nothing. 0: a file that has the name is replaced. */
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

/* Returns whether ferry_image_save knows the ending of path: png, jpg, jpeg, bmp, tga or raw, in
 * upper or lower case. False for NULL. Touches no file; does not block. */
FERRY_IMAGE_API bool ferry_image_can_save(const char *path);

/* Writes a frame to a file of the kind that the ending of path names, whole or not at all. The file
 * is written without its name, flushed to the disk, and then gets the name; it replaces a file that
 * was there unless it must be new. info and pixels stay the caller's.
 *
 * - png: gray and rgb48le with all bits, from more than 8 as 16, rgba, bgra and argb with their
 *   alpha channel, others as RGB
 * - jpg, jpeg: gray, and anything else as RGB; an alpha channel is left out, so that the colors
 *   below it show. YUV of 8 bits does not become RGB on the way, and chroma keeps its resolution. A
 *   build without libjpeg-turbo takes the way by RGB, gray too
 * - bmp, tga: gray (BMP: as RGB), rgba, bgra and argb with their alpha channel, others as RGB
 * - raw: the pixels as they are, all planes, rows without padding, no header, as FFmpeg's rawvideo
 *   has them; of a compressed format and of one without a name info->length_bytes bytes of them
 *
 * More than 8 bits are rounded to 8 outside PNG and raw. Other formats become RGB as
 * ferry_image_convert does it. JPEG loses a little in any case. A frame in mjpeg or jpeg is written
 * to jpg and jpeg as it is, if ferry_image_decode would find no fault in its structure; to others
 * it is decoded by that call, with its limits. options may be NULL: the defaults.
 *
 * Returns FERRY_OK; FERRY_SYSTEM_ERROR (also when the compressor of PNG fails, with os_code 0, and
 * when the file must be new and is not); FERRY_NOT_ALLOWED (a permission is missing);
 * FERRY_NO_SPACE; FERRY_NOT_SUPPORTED (another ending, a format without a name, a compressed one
 * other than JPEG, or a picture larger than such a file can be: 65535 pixels a side in JPEG and
 * TGA, 2 GiB in BMP); FERRY_UNREADABLE (a frame in mjpeg or jpeg that is no sound JPEG);
 * FERRY_INVALID_ARGUMENT; FERRY_NO_MEMORY; or the status that confirm returned. The error names
 * path, and no file is left behind. A process that is killed leaves nothing either, except a hidden
 * file beside path on a file system without O_TMPFILE. The folder is not flushed: after a loss of
 * power the file is whole or not there. Source: open(2), linkat(2), fsync(2). */
FERRY_IMAGE_API ferry_status ferry_image_save(const char *path, const ferry_frame_info *info,
                                              const uint8_t *pixels,
                                              const ferry_image_save_options *options,
                                              ferry_error *error);

/* A picture file in memory. It begins as FERRY_IMAGE_FILE_INIT. A call that needs more room takes a
 * larger buffer, which stays from call to call until ferry_image_file_free. A buffer of the
 * caller's own has to come from malloc. */
typedef struct ferry_image_file {
    uint8_t *bytes;        /* length_bytes of them are the file's */
    size_t length_bytes;   /* 0 after a failure */
    size_t capacity_bytes; /* that bytes has room for */
    uint64_t reserved[3];
} ferry_image_file;

#ifdef __cplusplus
static inline ferry_image_file ferry_image_file_init() {
    return ferry_image_file();
}
#define FERRY_IMAGE_FILE_INIT ferry_image_file_init()
#else
#define FERRY_IMAGE_FILE_INIT                                                                      \
    { .bytes = NULL }
#endif

/* Makes the bytes of the file that ferry_image_save would write, with the same options, in out,
 * which is the caller's and grows as needed. name stands for the file in messages, and its ending
 * names the kind: "frame.jpg". info and pixels stay the caller's; pixels may lie in shared memory
 * that others change.
 *
 * confirm is called when the last pixel has been read and the file is whole; the call cannot fail
 * after it. Any status but FERRY_OK discards the file. must_be_new is always met. On
 * failure out->length_bytes is 0, and the buffer stays. Does not block.
 *
 * Returns FERRY_OK; FERRY_NO_MEMORY; FERRY_NOT_SUPPORTED, FERRY_UNREADABLE, FERRY_SYSTEM_ERROR (the
 * compressor of PNG fails) and FERRY_INVALID_ARGUMENT as ferry_image_save has them; or the status
 * that confirm returned. The error names name.
 *
 * Two PNG files of the same pixels may differ in their bytes, in one program too: the compressor
 * finds other matches where its memory lies elsewhere. The pixels are the same. */
FERRY_IMAGE_API ferry_status ferry_image_encode(const char *name, const ferry_frame_info *info,
                                                const uint8_t *pixels,
                                                const ferry_image_save_options *options,
                                                ferry_image_file *out, ferry_error *error);

/* Frees the bytes, by free, and makes file what FERRY_IMAGE_FILE_INIT gives, so that it can be used
 * again. NULL, and a file without bytes, are accepted. */
FERRY_IMAGE_API void ferry_image_file_free(ferry_image_file *file);

/* Scales a picture to width x height pixels in its own format; 1 to FERRY_IMAGE_MAX_SIDE a side. In
 * each direction by itself, a picture that becomes smaller is averaged over its area, and one that
 * becomes larger is interpolated linearly. Pixels that show through count less, as their alpha has
 * it. Chroma and luma are scaled apart.
 *
 * info describes pixels, and its length has to match them; both stay the caller's, and pixels may
 * lie in shared memory that others change. out gets the description of the result, which differs
 * from info in size, strides and planes alone, and rows without padding. It is the caller's, is
 * grown as needed, and must not share its pixels with the source. Does not block.
 *
 * Returns FERRY_OK; FERRY_NOT_SUPPORTED for a compressed format, for one without a name, for a
 * Bayer format, whose pixels have one color each (ferry_image_convert makes rgb24 of it), for a
 * larger picture than FERRY_IMAGE_MAX_SIDE allows, and for a step from thousands of rows to a few
 * that are thousands of pixels wide; FERRY_INVALID_ARGUMENT (also when the result would take 2^31
 * bytes or more); FERRY_NO_MEMORY. */
FERRY_IMAGE_API ferry_status ferry_image_scale(const ferry_frame_info *info, const uint8_t *pixels,
                                               int32_t width, int32_t height, ferry_image *out,
                                               ferry_error *error);

FERRY_END_DECLS

#endif
