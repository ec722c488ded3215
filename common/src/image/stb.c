/* The one place where stb_image and stb_image_write are compiled. All its functions are static, and
 * none is exported.
 *
 * Why these settings: stb_image keeps the reason of a failure in a variable of each thread, which
 * nothing here reads, and needs no other state. PNM is read by a codec of our own (which says why).
 * Assertions would end the process; what they assert of a file is checked before.
 */
#include "image/stb.h"

#include "frame/format.h"

#include <frameferry/frame.h>
#include <frameferry/image.h>
#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* A block starts with how far it may grow. stb_image takes a first block for what a PNG inflates
 * to, as large as the header lets it expect, and lets it grow for as long as there is data: some
 * kilobytes may become gigabytes. Interlaced files need up to twice what is expected; nothing needs
 * more than four times. Blocks start as zeros, so that a damaged file shows nothing of the heap. */
typedef union block {
    size_t limit;
    max_align_t alignment;
} block;

enum { GROWTH_MAX = 4, GROWTH_SMALL = 4096 };

static void *block_new(size_t size) {
    if (size > INT_MAX) /* sizes are int in stb: a larger one was negative */
        return NULL;
    block *made = calloc(1, sizeof *made + size);
    if (made == NULL)
        return NULL;
    made->limit = size * GROWTH_MAX + GROWTH_SMALL;
    return made + 1;
}

/* A block that starts here collects pieces of the file, and is limited by the file's own size. */
static void *block_grow(void *old, size_t size) {
    block *grown = old != NULL ? (block *)old - 1 : NULL;
    size_t limit = grown != NULL ? grown->limit : INT_MAX;
    if (size > limit)
        return NULL;
    grown = realloc(grown, sizeof *grown + size);
    if (grown == NULL)
        return NULL;
    grown->limit = limit;
    return grown + 1;
}

static void block_free(void *old) {
    if (old != NULL)
        free((block *)old - 1);
}

#define STBI_MALLOC(size) block_new(size)
#define STBI_REALLOC_SIZED(old, old_size, size) block_grow(old, size)
#define STBI_FREE(old) block_free(old)
#define STBI_ASSERT(condition) ((void)0)
#define STBI_MAX_DIMENSIONS FERRY_IMAGE_MAX_SIDE
#define STBI_NO_FAILURE_STRINGS
#define STBI_NO_STDIO
#define STBI_NO_LINEAR
#define STBI_ONLY_JPEG
#define STB_IMAGE_STATIC
#define STB_IMAGE_IMPLEMENTATION
#include <stb_image.h>

#define STBIW_ASSERT(condition) ((void)0)
#define STBI_WRITE_NO_STDIO
#define STB_IMAGE_WRITE_STATIC
#define STB_IMAGE_WRITE_IMPLEMENTATION
#include <stb_image_write.h>

/* So many bytes could be allocated a moment ago. */
static bool memory_is_there(uint64_t bytes) {
    if (bytes > PTRDIFF_MAX)
        return false;
    void *volatile attempt = malloc((size_t)bytes); /* otherwise compilers leave this out */
    bool there = attempt != NULL;
    free(attempt);
    return there;
}

/* stb_image does not say whether a file is damaged or memory is out. A decoder holds up to four
 * times the picture; if so much cannot be had, that is the likelier reason. */
static ferry_status reason_of_failure(size_t picture_bytes) {
    return memory_is_there(UINT64_C(4) * picture_bytes) ? FERRY_UNREADABLE : FERRY_NO_MEMORY;
}

ferry_status ferryi_stb_decode(ferryi_bytes bytes, ferryi_picture *picture, uint8_t *pixels) {
    uint32_t pixel_bytes = ferry_format_bit_count(picture->format) / 8;
    size_t count = (size_t)picture->width * (size_t)picture->height;
    int width = 0, height = 0, channels_in_file = 0;
    uint8_t *decoded = NULL;
    if (bytes.length <= INT_MAX)
        decoded = stbi_load_from_memory(bytes.data, (int)bytes.length, &width, &height,
                                        &channels_in_file, (int)pixel_bytes);
    if (decoded == NULL)
        return reason_of_failure(count * pixel_bytes);
    /* The room for pixels was measured with our own reading of the header. */
    bool agreed = width == picture->width && height == picture->height;
    if (agreed)
        memcpy(pixels, decoded, count * pixel_bytes);
    stbi_image_free(decoded);
    return agreed ? FERRY_OK : FERRY_UNREADABLE;
}

uint32_t ferryi_stb_format(uint32_t format) {
    const ferryi_format *found = ferryi_format_find(format);
    if (found != NULL && found->family == FERRYI_GRAY)
        return FERRY_FORMAT_GRAY;
    bool has_alpha =
        found != NULL && found->packing == FERRYI_RGB_BYTES && found->at[3] != FERRYI_NO_ALPHA;
    return has_alpha ? FERRY_FORMAT_RGBA : FERRY_FORMAT_RGB24;
}

static void write_bytes(void *context, void *data, int size) {
    ferryi_writer_put(context, data, (size_t)size);
}

static int channels_of(const ferryi_view *view) {
    return (int)(ferry_format_bit_count(view->info->format) / 8);
}

/* These three allocate nothing, and fail for no other reason. */

ferry_status ferryi_stb_encode_jpeg(ferryi_writer *writer, const ferryi_view *view) {
    stbi_write_jpg_to_func(write_bytes, writer, view->info->width, view->info->height,
                           channels_of(view), view->pixels, view->jpeg_quality);
    return FERRY_OK;
}

ferry_status ferryi_stb_encode_bmp(ferryi_writer *writer, const ferryi_view *view) {
    stbi_write_bmp_to_func(write_bytes, writer, view->info->width, view->info->height,
                           channels_of(view), view->pixels);
    return FERRY_OK;
}

ferry_status ferryi_stb_encode_tga(ferryi_writer *writer, const ferryi_view *view) {
    stbi_write_tga_to_func(write_bytes, writer, view->info->width, view->info->height,
                           channels_of(view), view->pixels);
    return FERRY_OK;
}
