/* The kinds of pictures that YUV4MPEG2 has, and what they are here. For those who read such streams
 * and those who write them. Pure; for any thread.
 *
 * Source: yuv4mpeg(5) of mjpegtools; FFmpeg, libavformat/yuv4mpegenc.c and yuv4mpegdec.c. */
#ifndef APP_Y4M_H
#define APP_Y4M_H

#include <stddef.h>
#include <stdint.h>

#define APP_Y4M_SIGNATURE "YUV4MPEG2"
#define APP_Y4M_FRAME "FRAME"

/* A picture lies in the stream as in a frame of the format without padding. p010le is the one that
 * does not: the stream has three planes of 10 bits for it. */
typedef struct app_y4m_kind {
    const char *name; /* behind C */
    const char
        *old_name; /* behind XYSCSS=, which is from before there was a C; NULL: it has none */
    uint32_t format;
    uint32_t chroma_site; /* a ferry_chroma_site */
} app_y4m_kind;

/* The kind that a word behind C or XYSCSS= names, which no zero ends. NULL: none is known. */
const app_y4m_kind *app_y4m_find(const char *name, size_t length);

/* The kind that has pictures of a format; of those of yuv420p, the one with the chroma site, else
 * that of JPEG, as FFmpeg does. NULL: there is none. */
const app_y4m_kind *app_y4m_kind_of(uint32_t format, uint32_t chroma_site);

/* Pictures of p010le without padding, to the planes of the stream and back. Both take the length
 * that ferry_layout_compute says. */
void app_y4m_planes_of_p010(int32_t width, int32_t height, const uint8_t *pixels,
                            uint8_t *restrict planes);
void app_y4m_p010_of_planes(int32_t width, int32_t height, const uint8_t *planes,
                            uint8_t *restrict pixels);

#endif
