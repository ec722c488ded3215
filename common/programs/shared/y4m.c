#include "shared/y4m.h"

#include <string.h>

#include <frameferry/frame.h>

/* The first row of those that a format and a chroma site fit is the one that is written. Without a
 * word about chroma 4:2:0 is that of JPEG, by the manual; ffmpeg says so too. */
static const app_y4m_kind kinds[] = {
    {"420jpeg", "420JPEG", FERRY_FORMAT_YUV420P, FERRY_CHROMA_CENTER},
    {"420", NULL, FERRY_FORMAT_YUV420P, FERRY_CHROMA_CENTER},
    {"420mpeg2", "420MPEG2", FERRY_FORMAT_YUV420P, FERRY_CHROMA_LEFT},
    {"420paldv", "420PALDV", FERRY_FORMAT_YUV420P, FERRY_CHROMA_TOP_LEFT},
    {"422", "422", FERRY_FORMAT_YUV422P, FERRY_CHROMA_UNSPECIFIED},
    {"444", "444", FERRY_FORMAT_YUV444P, FERRY_CHROMA_UNSPECIFIED},
    {"420p10", "420P10", FERRY_FORMAT_P010LE, FERRY_CHROMA_UNSPECIFIED},
    {"mono", NULL, FERRY_FORMAT_GRAY, FERRY_CHROMA_UNSPECIFIED},
    {"mono10", NULL, FERRY_FORMAT_GRAY10LE, FERRY_CHROMA_UNSPECIFIED},
    {"mono12", NULL, FERRY_FORMAT_GRAY12LE, FERRY_CHROMA_UNSPECIFIED},
    {"mono16", NULL, FERRY_FORMAT_GRAY16LE, FERRY_CHROMA_UNSPECIFIED},
};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

static int equals(const char *name, size_t length, const char *known) {
    return known != NULL && strlen(known) == length && memcmp(name, known, length) == 0;
}

const app_y4m_kind *app_y4m_find(const char *name, size_t length) {
    for (size_t i = 0; i < KINDS; i++)
        if (equals(name, length, kinds[i].name) || equals(name, length, kinds[i].old_name))
            return &kinds[i];
    return NULL;
}

const app_y4m_kind *app_y4m_kind_of(uint32_t format, uint32_t chroma_site) {
    const app_y4m_kind *found = NULL;
    for (size_t i = 0; i < KINDS; i++) {
        if (kinds[i].format != format)
            continue;
        if (kinds[i].chroma_site == chroma_site)
            return &kinds[i];
        if (found == NULL)
            found = &kinds[i];
    }
    return found;
}

/* The 10 bits are the upper ones of a word in p010le, and the lower ones in the stream. */
enum { SHIFT = 6 };

static void move_down(const uint8_t *from, uint8_t *to) {
    unsigned word = (unsigned)from[0] | (unsigned)from[1] << 8;
    to[0] = (uint8_t)(word >> SHIFT);
    to[1] = (uint8_t)(word >> (SHIFT + 8));
}

static void move_up(const uint8_t *from, uint8_t *to) {
    unsigned word = ((unsigned)from[0] | (unsigned)from[1] << 8) << SHIFT;
    to[0] = (uint8_t)word;
    to[1] = (uint8_t)(word >> 8);
}

/* Samples of a picture: of luma, and of each of the two of chroma. */
static size_t luma_of(int32_t width, int32_t height) {
    return (size_t)width * (size_t)height;
}

static size_t chroma_of(int32_t width, int32_t height) {
    return ((size_t)width + 1) / 2 * (((size_t)height + 1) / 2);
}

void app_y4m_planes_of_p010(int32_t width, int32_t height, const uint8_t *pixels,
                            uint8_t *restrict planes) {
    size_t luma = luma_of(width, height), chroma = chroma_of(width, height);
    const uint8_t *pairs = pixels + 2 * luma;
    uint8_t *u = planes + 2 * luma, *v = u + 2 * chroma;
    for (size_t i = 0; i < luma; i++)
        move_down(pixels + 2 * i, planes + 2 * i);
    for (size_t i = 0; i < chroma; i++) {
        move_down(pairs + 4 * i, u + 2 * i);
        move_down(pairs + 4 * i + 2, v + 2 * i);
    }
}

void app_y4m_p010_of_planes(int32_t width, int32_t height, const uint8_t *planes,
                            uint8_t *restrict pixels) {
    size_t luma = luma_of(width, height), chroma = chroma_of(width, height);
    const uint8_t *u = planes + 2 * luma, *v = u + 2 * chroma;
    uint8_t *pairs = pixels + 2 * luma;
    for (size_t i = 0; i < luma; i++)
        move_up(planes + 2 * i, pixels + 2 * i);
    for (size_t i = 0; i < chroma; i++) {
        move_up(u + 2 * i, pairs + 4 * i);
        move_up(v + 2 * i, pairs + 4 * i + 2);
    }
}
