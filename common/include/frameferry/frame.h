/* Frames: their descriptions, the pixel formats that have names, and how pixels lie in memory.
 *
 * Every call in this header may be made from any thread, does not block, and touches nothing but
 * its arguments. */
#ifndef FRAMEFERRY_FRAME_H
#define FRAMEFERRY_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "status.h"
#include "version.h"

FERRY_BEGIN_DECLS

#define FERRY_METADATA_MAX 1024 /* the most bytes of metadata that a frame carries */
#define FERRY_PLANES_MAX 4      /* the most planes that a picture has */

/* Pixel formats are V4L2 FourCC codes (linux/videodev2.h), little-endian as there; the few that
 * V4L2 does not have say so. A channel also carries frames with a code that is not in this list:
 * they need an explicit length. */
#define FERRY_FOURCC(a, b, c, d)                                                                   \
    ((uint32_t)(a) | ((uint32_t)(b) << 8) | ((uint32_t)(c) << 16) | ((uint32_t)(d) << 24))
#define FERRY_FORMAT_GRAY FERRY_FOURCC('G', 'R', 'E', 'Y')     /* gray: 8 bits */
#define FERRY_FORMAT_GRAY16LE FERRY_FOURCC('Y', '1', '6', ' ') /* gray16le */
#define FERRY_FORMAT_BGR24 FERRY_FOURCC('B', 'G', 'R', '3')    /* bgr24: bytes B G R */
#define FERRY_FORMAT_RGB24 FERRY_FOURCC('R', 'G', 'B', '3')    /* rgb24: bytes R G B */
#define FERRY_FORMAT_BGRA FERRY_FOURCC('A', 'R', '2', '4')     /* bgra: bytes B G R A */
#define FERRY_FORMAT_RGBA FERRY_FOURCC('A', 'B', '2', '4')     /* rgba: bytes R G B A */
#define FERRY_FORMAT_YUYV422 FERRY_FOURCC('Y', 'U', 'Y', 'V')  /* yuyv422: bytes Y U Y V */
#define FERRY_FORMAT_NV12 FERRY_FOURCC('N', 'V', '1', '2')     /* nv12: Y, then U V interleaved */
#define FERRY_FORMAT_YUV420P FERRY_FOURCC('Y', 'U', '1', '2')  /* yuv420p: Y, U, V */
#define FERRY_FORMAT_RGB565LE                                                                      \
    FERRY_FOURCC('R', 'G', 'B', 'P') /* rgb565le: 16 bits, red the upper 5, blue the lower 5 */
#define FERRY_FORMAT_RGB48LE                                                                       \
    FERRY_FOURCC('R', 'G', 'B', '6') /* rgb48le: R G B of 16 bits; not in V4L2 */

/* Four bytes a pixel. A byte X has no meaning: conversions write 255. */
#define FERRY_FORMAT_BGRX FERRY_FOURCC('X', 'R', '2', '4') /* bgr0: bytes B G R X */
#define FERRY_FORMAT_RGBX FERRY_FOURCC('X', 'B', '2', '4') /* rgb0: bytes R G B X */
#define FERRY_FORMAT_XRGB FERRY_FOURCC('B', 'X', '2', '4') /* 0rgb: bytes X R G B */
#define FERRY_FORMAT_ARGB FERRY_FOURCC('B', 'A', '2', '4') /* argb: bytes A R G B */

/* YUV. In V4L2 the planes of yuv444p lie in buffers of their own; here they may. */
#define FERRY_FORMAT_UYVY422 FERRY_FOURCC('U', 'Y', 'V', 'Y') /* uyvy422: bytes U Y V Y */
#define FERRY_FORMAT_NV21 FERRY_FOURCC('N', 'V', '2', '1')    /* nv21: Y, then V U interleaved */
#define FERRY_FORMAT_NV16 FERRY_FOURCC('N', 'V', '1', '6')    /* nv16: nv12 with chroma per row */
#define FERRY_FORMAT_YUV422P FERRY_FOURCC('4', '2', '2', 'P') /* yuv422p: Y, U, V */
#define FERRY_FORMAT_YUV444P FERRY_FOURCC('Y', 'M', '2', '4') /* yuv444p: Y, U, V, all as large */
#define FERRY_FORMAT_P010LE                                                                        \
    FERRY_FOURCC('P', '0', '1', '0') /* p010le: nv12 with the upper 10 bits of 16-bit words */

/* Gray of more than 8 bits: 10 and 12 are the lower bits of 16-bit words. */
#define FERRY_FORMAT_GRAY10LE FERRY_FOURCC('Y', '1', '0', ' ') /* gray10le */
#define FERRY_FORMAT_GRAY12LE FERRY_FOURCC('Y', '1', '2', ' ') /* gray12le */
#define FERRY_FORMAT_GRAYF32LE                                                                     \
    FERRY_FOURCC('Y', 'F', '3', '2') /* grayf32le: IEEE 754, 0 black, 1 white; not in V4L2 */

/* One color for each pixel, as sensors have it: the name has those of the first two pixels of the
 * first row, then of the second row. 10 and 12 are the lower bits of 16-bit words. FFmpeg has no
 * 10 and 12; their names go by its others. */
#define FERRY_FORMAT_BAYER_BGGR8 FERRY_FOURCC('B', 'A', '8', '1')    /* bayer_bggr8 */
#define FERRY_FORMAT_BAYER_GBRG8 FERRY_FOURCC('G', 'B', 'R', 'G')    /* bayer_gbrg8 */
#define FERRY_FORMAT_BAYER_GRBG8 FERRY_FOURCC('G', 'R', 'B', 'G')    /* bayer_grbg8 */
#define FERRY_FORMAT_BAYER_RGGB8 FERRY_FOURCC('R', 'G', 'G', 'B')    /* bayer_rggb8 */
#define FERRY_FORMAT_BAYER_BGGR10LE FERRY_FOURCC('B', 'G', '1', '0') /* bayer_bggr10le */
#define FERRY_FORMAT_BAYER_GBRG10LE FERRY_FOURCC('G', 'B', '1', '0') /* bayer_gbrg10le */
#define FERRY_FORMAT_BAYER_GRBG10LE FERRY_FOURCC('B', 'A', '1', '0') /* bayer_grbg10le */
#define FERRY_FORMAT_BAYER_RGGB10LE FERRY_FOURCC('R', 'G', '1', '0') /* bayer_rggb10le */
#define FERRY_FORMAT_BAYER_BGGR12LE FERRY_FOURCC('B', 'G', '1', '2') /* bayer_bggr12le */
#define FERRY_FORMAT_BAYER_GBRG12LE FERRY_FOURCC('G', 'B', '1', '2') /* bayer_gbrg12le */
#define FERRY_FORMAT_BAYER_GRBG12LE FERRY_FOURCC('B', 'A', '1', '2') /* bayer_grbg12le */
#define FERRY_FORMAT_BAYER_RGGB12LE FERRY_FOURCC('R', 'G', '1', '2') /* bayer_rggb12le */
#define FERRY_FORMAT_BAYER_BGGR16LE FERRY_FOURCC('B', 'Y', 'R', '2') /* bayer_bggr16le */
#define FERRY_FORMAT_BAYER_GBRG16LE FERRY_FOURCC('G', 'B', '1', '6') /* bayer_gbrg16le */
#define FERRY_FORMAT_BAYER_GRBG16LE FERRY_FOURCC('G', 'R', '1', '6') /* bayer_grbg16le */
#define FERRY_FORMAT_BAYER_RGGB16LE FERRY_FOURCC('R', 'G', '1', '6') /* bayer_rggb16le */

/* Compressed: length_bytes says how long a frame is, and it has no rows, stride or planes. width
 * and height are those of the picture that it becomes. The bytes come from the producer and are not
 * looked at. */
#define FERRY_FORMAT_MJPEG FERRY_FOURCC('M', 'J', 'P', 'G') /* mjpeg: one JPEG a frame */
#define FERRY_FORMAT_JPEG FERRY_FOURCC('J', 'P', 'E', 'G')  /* jpeg: a whole JPEG file */
#define FERRY_FORMAT_H264 FERRY_FOURCC('H', '2', '6', '4')  /* h264: with start codes (Annex B) */
#define FERRY_FORMAT_HEVC FERRY_FOURCC('H', 'E', 'V', 'C')  /* hevc: with start codes (Annex B) */

/* A message that is no picture but a text, UTF-8 without a zero at its end (port.h). Its width is
 * its length, its height 1. No picture is converted from or to it. */
#define FERRY_FORMAT_TEXT FERRY_FOURCC('T', 'E', 'X', 'T')

typedef enum ferry_color_matrix {
    FERRY_MATRIX_UNSPECIFIED = 0, /* BT.601 is assumed, as FFmpeg does */
    FERRY_MATRIX_BT601 = 1,
    FERRY_MATRIX_BT709 = 2,
    FERRY_MATRIX_BT2020 = 3 /* with constant coefficients, as FFmpeg's bt2020nc */
} ferry_color_matrix;

typedef enum ferry_color_range {
    FERRY_RANGE_UNSPECIFIED = 0, /* limited is assumed */
    FERRY_RANGE_LIMITED = 1,     /* luma 16 to 235, chroma 16 to 240 */
    FERRY_RANGE_FULL = 2         /* 0 to 255 */
} ferry_color_range;

/* Primaries and transfer are code points of ITU-T H.273 (tables 2 and 3), as FFmpeg, Matroska and
 * HEVC have them. These are the usual ones; others are carried too. 0: not known. */
typedef enum ferry_color_primaries {
    FERRY_PRIMARIES_UNSPECIFIED = 0,
    FERRY_PRIMARIES_BT709 = 1, /* and sRGB */
    FERRY_PRIMARIES_BT470BG = 5,
    FERRY_PRIMARIES_SMPTE170M = 6,
    FERRY_PRIMARIES_BT2020 = 9,
    FERRY_PRIMARIES_SMPTE432 = 12 /* Display P3 */
} ferry_color_primaries;

typedef enum ferry_color_transfer {
    FERRY_TRANSFER_UNSPECIFIED = 0,
    FERRY_TRANSFER_BT709 = 1,
    FERRY_TRANSFER_SMPTE170M = 6,
    FERRY_TRANSFER_LINEAR = 8,
    FERRY_TRANSFER_SRGB = 13, /* IEC 61966-2-1 */
    FERRY_TRANSFER_BT2020_10 = 14,
    FERRY_TRANSFER_PQ = 16, /* SMPTE ST 2084 */
    FERRY_TRANSFER_HLG = 18 /* ARIB STD-B67 */
} ferry_color_transfer;

/* Where the chroma samples of a subsampled format lie among its luma samples. The numbers are
 * FFmpeg's (AVChromaLocation). */
typedef enum ferry_chroma_site {
    FERRY_CHROMA_UNSPECIFIED = 0,
    FERRY_CHROMA_LEFT = 1,     /* as in MPEG-2 and H.264 */
    FERRY_CHROMA_CENTER = 2,   /* as in JPEG and MPEG-1 */
    FERRY_CHROMA_TOP_LEFT = 3, /* as in BT.2020 */
    FERRY_CHROMA_TOP = 4,
    FERRY_CHROMA_BOTTOM_LEFT = 5,
    FERRY_CHROMA_BOTTOM = 6
} ferry_chroma_site;

/* Whether a frame is a picture of one moment, or two fields of alternating rows. The meanings are
 * those of V4L2's field order; the numbers are not. */
typedef enum ferry_field_order {
    FERRY_FIELDS_UNSPECIFIED = 0, /* progressive is assumed */
    FERRY_FIELDS_PROGRESSIVE = 1,
    FERRY_FIELDS_TOP_FIRST = 2,    /* rows of two fields in turn, the top field is the older */
    FERRY_FIELDS_BOTTOM_FIRST = 3, /* the same, the bottom field is the older */
    FERRY_FIELDS_TOP = 4,          /* the top field alone */
    FERRY_FIELDS_BOTTOM = 5        /* the bottom field alone */
} ferry_field_order;

/* Flags of a frame. */
typedef enum ferry_frame_flag {
    FERRY_FRAME_CORRUPT = 1,      /* its source knows that it has lost part of the picture */
    FERRY_FRAME_STAMP_START = 2,  /* capture_ns is when exposure began (V4L2: TSTAMP_SRC_SOE) */
    FERRY_FRAME_STAMP_END = 4,    /* capture_ns is when the last pixel was read out (EOF) */
    FERRY_FRAME_HAS_SEQUENCE = 8, /* sequence is set */
    FERRY_FRAME_KEY = 16          /* compressed: it can be decoded without other frames */
} ferry_frame_flag;

/* The description of a frame. The producer fills in the first two blocks, with 0 for a value that
 * it does not know, and may set metadata. The library fills in the third block. The values describe
 * and are not converted: a consumer that does not care ignores them. Values without a name in this
 * header are carried; flags without one are refused, and not handed to consumers.
 *
 * Planes. With plane_count 0 the planes follow from format, size and stride_bytes, as
 * ferry_layout_compute has it. Otherwise each plane lies at its own offset, with its own stride, in
 * any order and without overlap; plane_count is the number that the format has, and stride_bytes is
 * that of the first plane, or 0. An offset counts from the first pixel byte of the frame. A
 * received frame has plane_count 0 whenever stride_bytes alone describes it. ferry_layout_of gives
 * the planes of a description in either form. */
typedef struct ferry_frame_info {
    int32_t width;         /* pixels, at least 1 */
    int32_t height;        /* rows, at least 1 */
    uint32_t format;       /* a FourCC */
    uint32_t bit_count;    /* bits for each pixel; 0: what the format has; compressed: 0 */
    uint32_t stride_bytes; /* from one row to the next in the first plane; 0: no padding */
    uint32_t length_bytes; /* all planes; 0: what format, size and strides make; up to 2^31 - 1 */
    uint32_t color_matrix; /* a ferry_color_matrix, for YUV formats */
    uint32_t color_range;  /* a ferry_color_range, for YUV formats */
    uint32_t color_primaries; /* a ferry_color_primaries */
    uint32_t color_transfer;  /* a ferry_color_transfer */
    uint32_t chroma_site;     /* a ferry_chroma_site */
    uint32_t field_order;     /* a ferry_field_order */
    uint32_t frame_rate_num;  /* frames of the stream in frame_rate_den seconds; 0: not known, or */
    uint32_t frame_rate_den;  /* it varies; not 0 when frame_rate_num is not 0 */
    uint32_t pixel_aspect_num; /* width to height of one pixel; 0: not known, */
    uint32_t pixel_aspect_den; /* square is assumed; not 0 when pixel_aspect_num is not 0 */
    uint32_t plane_count;      /* 0, or how many of the next fields are set */
    uint32_t plane_offset_bytes[FERRY_PLANES_MAX];
    uint32_t plane_stride_bytes[FERRY_PLANES_MAX];

    uint32_t flags;       /* a combination of ferry_frame_flag */
    uint64_t capture_ns;  /* when the picture was taken, on ferry_clock_ns. 0, and a time later than
                             publish_ns, which some drivers give, become publish_ns */
    uint64_t exposure_ns; /* how long it was exposed; 0: not known */
    uint64_t sequence;    /* the source's own number of the frame, if FERRY_FRAME_HAS_SEQUENCE is
                             set: a number that is missing is a frame that the source lost */

    uint64_t number;     /* 1, 2, 3, ... in publishing order; 0 before */
    uint64_t publish_ns; /* when it was published, on ferry_clock_ns */
    uint64_t dropped;    /* all frames that the producer had dropped when it published this one */

    uint64_t reserved[8]; /* 0 */

    uint32_t metadata_bytes;              /* 0 to FERRY_METADATA_MAX */
    uint32_t reserved_word;               /* 0 */
    uint8_t metadata[FERRY_METADATA_MAX]; /* opaque to the channel; notes.h has one form for it */
} ferry_frame_info;

/* All zeros: fill in at least width, height and format. */
#ifdef __cplusplus
static inline ferry_frame_info ferry_frame_info_init() {
    return ferry_frame_info();
}
#define FERRY_FRAME_INFO_INIT ferry_frame_info_init()
#else
#define FERRY_FRAME_INFO_INIT                                                                      \
    { .width = 0 }
#endif

/* One plane of a picture inside the memory of its frame. */
typedef struct ferry_plane {
    uint32_t offset_bytes; /* from the first pixel byte of the frame */
    uint32_t stride_bytes;
    uint32_t row_bytes; /* the part of a row that holds pixels */
    uint32_t rows;
} ferry_plane;

/* The planes of a picture. */
typedef struct ferry_layout {
    uint32_t plane_count;  /* 1 to FERRY_PLANES_MAX */
    uint32_t length_bytes; /* to the end of the plane that ends last */
    ferry_plane planes[FERRY_PLANES_MAX];
} ferry_layout;

/* Computes where the planes of a picture lie. stride_bytes is that of the first plane; 0 means no
 * padding. The other planes follow without a gap: an nv12 chroma row takes the stride rounded up to
 * an even number, a yuv420p chroma row half of the stride rounded up, as V4L2 has it for even
 * sizes. Chroma planes of odd sizes round up. Returns FERRY_NOT_SUPPORTED for a compressed format
 * and for one without a name here, FERRY_INVALID_ARGUMENT for a size below 1 or a stride that is
 * shorter than a row, FERRY_TOO_LARGE from 2^31 bytes on. */
FERRY_API ferry_status ferry_layout_compute(ferry_layout *out, uint32_t format, int32_t width,
                                            int32_t height, uint32_t stride_bytes);

/* Says where the planes of the picture in info lie, whichever form its description has. Returns
 * FERRY_OK, and what ferry_layout_compute returns; FERRY_INVALID_ARGUMENT also when plane_count is
 * not 0 and not what the format has, when a stride is shorter than a row, when two planes, each
 * from its first byte to the end of its last row, share a byte, or when stride_bytes is neither 0
 * nor that of the first plane. length_bytes and all other fields of info are not looked at: a
 * caller that has not got info from this library compares out's length with what it has. */
FERRY_API ferry_status ferry_layout_of(ferry_layout *out, const ferry_frame_info *info);

/* Returns the name of a format, which is FFmpeg's: "bgr24" for FERRY_FORMAT_BGR24. NULL for a
 * format without a name here. Static storage. */
FERRY_API const char *ferry_format_name(uint32_t format);

/* Returns the format that a name stands for; 0 when there is none, and for NULL. "bgrx", "rgbx" and
 * "xrgb", as GStreamer and others have them, stand for bgr0, rgb0 and 0rgb. */
FERRY_API uint32_t ferry_format_from_name(const char *name);

/* Returns the bits that a pixel takes in memory, on average, as the header of a frame gives them:
 * 12 for nv12, 16 for gray10le. 0 for a compressed format, and for one without a name here. */
FERRY_API uint32_t ferry_format_bit_count(uint32_t format);

/* Returns the named format with this index, from 0 on; 0 behind the last one. */
FERRY_API uint32_t ferry_format_at(size_t index);

/* Returns whether a format is compressed, so that only the length of a frame is known. False for a
 * format without a name here. */
FERRY_API bool ferry_format_is_compressed(uint32_t format);

/* A frame in memory of this process, such as one copied out of a channel. It begins as
 * FERRY_IMAGE_INIT. A call that needs more room frees pixels and takes a larger buffer, which stays
 * from call to call until ferry_image_free. A buffer of the caller's own has to come from malloc,
 * or from another call whose memory free takes. */
typedef struct ferry_image {
    ferry_frame_info info;
    uint8_t *pixels;       /* info.length_bytes of them are the frame's */
    size_t capacity_bytes; /* that pixels has room for */
    uint64_t skipped;      /* as in ferry_frame */
    uint64_t generation;   /* as in ferry_frame; 0 also for a picture that no channel has sent */
    uint64_t reserved[3];
} ferry_image;

#ifdef __cplusplus
static inline ferry_image ferry_image_init() {
    return ferry_image();
}
#define FERRY_IMAGE_INIT ferry_image_init()
#else
#define FERRY_IMAGE_INIT                                                                           \
    { .pixels = NULL }
#endif

/* Makes room for this many bytes of pixels. The pixels that were there are lost if that takes
 * another buffer. A buffer never becomes smaller. Returns FERRY_OK; FERRY_NO_MEMORY, and image is
 * unchanged; FERRY_INVALID_ARGUMENT for NULL. */
FERRY_API ferry_status ferry_image_reserve(ferry_image *image, size_t bytes);

/* Frees the pixels, by free, and makes image what FERRY_IMAGE_INIT gives, so that it can be used
 * again. NULL, and an image without pixels, are accepted. */
FERRY_API void ferry_image_free(ferry_image *image);

FERRY_END_DECLS

#endif
