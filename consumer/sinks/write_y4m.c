/* YUV4MPEG2, which says what its frames are. Source: shared/y4m.h. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "host/inside.h"
#include "shared/message.h"
#include "shared/y4m.h"
#include "shared/yuv.h"
#include "sinks/write.h"

/* The longest header that GStreamer's y4mdec reads, with the end of its line. For the same reason
 * there is no XYSCSS=, which says again what C says. */
#define GSTREAMER_LINE_MAX 80

/* Formats that lie otherwise there, with the same samples, and those whose samples become others.
 * Those with colors that are not here become yuv444p. */
uint32_t write_y4m_carried(uint32_t format) {
    if (app_y4m_kind_of(format, 0) != NULL)
        return format;
    switch (format) {
    case FERRY_FORMAT_NV12:
    case FERRY_FORMAT_NV21: return FERRY_FORMAT_YUV420P;
    case FERRY_FORMAT_YUYV422:
    case FERRY_FORMAT_UYVY422:
    case FERRY_FORMAT_NV16: return FERRY_FORMAT_YUV422P;
    case FERRY_FORMAT_GRAYF32LE: return FERRY_FORMAT_GRAY16LE;
    default: return FERRY_FORMAT_YUV444P;
    }
}

static bool has_no_bytes(uint32_t format) {
    (void)format;
    return false;
}

/* ---- the header ---- */

/* Programs read the two into signed numbers of 32 bits. */
static void put_ratio(char *out, size_t capacity, char letter, uint64_t before, uint64_t behind) {
    for (; before > INT32_MAX || behind > INT32_MAX; behind /= 2)
        before /= 2;
    if (before == 0 || behind == 0)
        before = behind = 0; /* not known */
    snprintf(out, capacity, " %c%" PRIu64 ":%" PRIu64, letter, before, behind);
}

static char letter_of(uint32_t field_order) {
    switch (field_order) {
    case FERRY_FIELDS_PROGRESSIVE: return 'p';
    case FERRY_FIELDS_TOP_FIRST: return 't';
    case FERRY_FIELDS_BOTTOM_FIRST: return 'b';
    default: return '?';
    }
}

/* A header can leave out values that readers assume without it: the matrix, then the range too. */
typedef enum brevity { WHOLE, BRIEF, BRIEFEST } brevity;

/* Gray has all levels here. */
static const char *range_of(const ferry_frame_info *info, brevity brief) {
    if (!app_yuv_is(info->format))
        return " XCOLORRANGE=FULL";
    switch (info->color_range) {
    case FERRY_RANGE_FULL: return " XCOLORRANGE=FULL";
    case FERRY_RANGE_LIMITED: return brief == BRIEFEST ? "" : " XCOLORRANGE=LIMITED";
    default: return "";
    }
}

/* ffmpeg has no word for it, and passes this one over. */
static const char *matrix_of(const ferry_frame_info *info, brevity brief) {
    if (!app_yuv_is(info->format))
        return "";
    switch (info->color_matrix) {
    case FERRY_MATRIX_BT601: return brief >= BRIEF ? "" : " XCOLORSPACE=BT601";
    case FERRY_MATRIX_BT709: return " XCOLORSPACE=BT709";
    case FERRY_MATRIX_BT2020: return " XCOLORSPACE=BT2020";
    default: return "";
    }
}

/* Returns the length. */
static size_t print_header(char out[WRITE_Y4M_HEADER_BYTES], const ferry_frame_info *info,
                           const app_rate *rate, brevity brief) {
    const app_y4m_kind *kind = app_y4m_kind_of(info->format, info->chroma_site);
    char said[48], aspect[48];
    bool is_said = rate->frames != 0;
    put_ratio(said, sizeof said, 'F', is_said ? rate->frames : info->frame_rate_num,
              is_said ? rate->seconds : info->frame_rate_den);
    put_ratio(aspect, sizeof aspect, 'A', info->pixel_aspect_num, info->pixel_aspect_den);
    int length = snprintf(out, WRITE_Y4M_HEADER_BYTES,
                          APP_Y4M_SIGNATURE " W%" PRId32 " H%" PRId32 "%s I%c%s C%s%s%s\n",
                          info->width, info->height, said, letter_of(info->field_order), aspect,
                          kind->name, range_of(info, brief), matrix_of(info, brief));
    return length > 0 ? (size_t)length : 0;
}

size_t write_y4m_header(char out[WRITE_Y4M_HEADER_BYTES], const ferry_frame_info *info,
                        const app_rate *rate) {
    size_t length = 0;
    for (int brief = WHOLE; brief <= BRIEFEST; brief++) {
        length = print_header(out, info, rate, (brevity)brief);
        if (length <= GSTREAMER_LINE_MAX)
            break;
    }
    return length;
}

/* ---- frames ---- */

static ferry_status put_header(write_stream *w, const ferry_frame_info *info, ferry_error *error) {
    char header[WRITE_Y4M_HEADER_BYTES];
    if (w->rate.frames == 0 && info->frame_rate_num == 0)
        app_message_inform("the frames do not say their rate, and so the stream does not: ffmpeg "
                           "takes it for 25 frames a second; --fps says it");
    return host_write_outlet(w->outlet, header, write_y4m_header(header, info, &w->rate), error);
}

static ferry_status move_ten_bits(write_stream *w, const ferry_frame_info *info,
                                  packed_frame *packed, ferry_error *error) {
    ferry_status status = packed_reserve(&w->moved, packed->bytes, error);
    if (status != FERRY_OK)
        return status;
    app_y4m_planes_of_p010(info->width, info->height, packed->pixels, w->moved.bytes);
    packed->pixels = w->moved.bytes;
    return FERRY_OK;
}

static ferry_status put_y4m(write_stream *w, const write_frame *frame, bool is_first,
                            ferry_error *error) {
    static const char line[] = APP_Y4M_FRAME "\n";
    packed_frame packed;
    ferry_status status = packed_take(&w->packed, frame->info, frame->pixels, &packed, error);
    if (status == FERRY_OK && frame->info->format == FERRY_FORMAT_P010LE)
        status = move_ten_bits(w, frame->info, &packed, error);
    if (status == FERRY_OK && is_first)
        status = put_header(w, frame->info, error);
    if (status == FERRY_OK)
        status = host_write_outlet(w->outlet, line, sizeof line - 1, error);
    if (status == FERRY_OK)
        status = host_write_outlet(w->outlet, packed.pixels, packed.bytes, error);
    return status;
}

const write_kind write_kind_y4m = {"y4m", true, write_y4m_carried, has_no_bytes, put_y4m};
