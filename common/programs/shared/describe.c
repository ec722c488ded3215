#include "shared/describe.h"

#include <inttypes.h>
#include <stddef.h>
#include <string.h>

#include <frameferry/notes.h>

#include "shared/json.h"
#include "shared/text.h"
#include "shared/yuv.h"

/* The names are FFmpeg's; a number that is not here is told as that. */
typedef struct name {
    uint32_t value;
    const char *name;
} name;

static const name primaries[] = {
    {FERRY_PRIMARIES_BT709, "bt709"},         {FERRY_PRIMARIES_BT470BG, "bt470bg"},
    {FERRY_PRIMARIES_SMPTE170M, "smpte170m"}, {FERRY_PRIMARIES_BT2020, "bt2020"},
    {FERRY_PRIMARIES_SMPTE432, "smpte432"},   {0, NULL},
};

static const name transfers[] = {
    {FERRY_TRANSFER_BT709, "bt709"},         {FERRY_TRANSFER_SMPTE170M, "smpte170m"},
    {FERRY_TRANSFER_LINEAR, "linear"},       {FERRY_TRANSFER_SRGB, "iec61966-2-1"},
    {FERRY_TRANSFER_BT2020_10, "bt2020-10"}, {FERRY_TRANSFER_PQ, "smpte2084"},
    {FERRY_TRANSFER_HLG, "arib-std-b67"},    {0, NULL},
};

static const name sites[] = {
    {FERRY_CHROMA_LEFT, "left"},
    {FERRY_CHROMA_CENTER, "center"},
    {FERRY_CHROMA_TOP_LEFT, "topleft"},
    {FERRY_CHROMA_TOP, "top"},
    {FERRY_CHROMA_BOTTOM_LEFT, "bottomleft"},
    {FERRY_CHROMA_BOTTOM, "bottom"},
    {0, NULL},
};

static const name orders[] = {
    {FERRY_FIELDS_PROGRESSIVE, "progressive"}, {FERRY_FIELDS_TOP_FIRST, "tt"},
    {FERRY_FIELDS_BOTTOM_FIRST, "bb"},         {FERRY_FIELDS_TOP, "top"},
    {FERRY_FIELDS_BOTTOM, "bottom"},           {0, NULL},
};

static const char *find(const name *names, uint32_t value) {
    for (; names->name != NULL; names++)
        if (names->value == value)
            return names->name;
    return NULL;
}

const char *app_describe_primaries(uint32_t value) {
    return find(primaries, value);
}

const char *app_describe_transfer(uint32_t value) {
    return find(transfers, value);
}

const char *app_describe_chroma_site(uint32_t value) {
    return find(sites, value);
}

const char *app_describe_field_order(uint32_t value) {
    return find(orders, value);
}

const char *app_describe_format(char text[APP_DESCRIBE_FORMAT_BYTES], uint32_t format) {
    _Static_assert(APP_DESCRIBE_FORMAT_BYTES >= APP_FOURCC_TEXT_BYTES, "room for the characters");
    const char *known = ferry_format_name(format);
    if (known != NULL)
        return known;
    app_text_fourcc(text, format);
    return text;
}

/* null where the producer says nothing. */
static void put_named(app_line *line, const char *key, const name *names, uint32_t value) {
    const char *text = find(names, value);
    if (value == 0 || text != NULL)
        app_json_text(line, key, text);
    else
        app_json_number(line, key, value);
}

static void put_ratio(app_line *line, const char *key, uint32_t numerator, uint32_t denominator) {
    app_json_key(line, key);
    if (numerator == 0)
        app_line_put_text(line, "null");
    else
        app_line_print(line, "\"%" PRIu32 "/%" PRIu32 "\"", numerator, denominator);
}

static void put_planes(app_line *line, const ferry_frame_info *info) {
    app_json_key(line, "planes");
    if (info->plane_count == 0) {
        app_line_put_text(line, "null");
        return;
    }
    for (uint32_t i = 0; i < info->plane_count; i++)
        app_line_print(line, "%s{\"offset\": %" PRIu32 ", \"stride\": %" PRIu32 "}",
                       i == 0 ? "[" : ", ", info->plane_offset_bytes[i],
                       info->plane_stride_bytes[i]);
    app_line_put_text(line, "]");
}

void app_describe_put_shape(app_line *line, const ferry_frame_info *info) {
    put_planes(line, info);
    put_named(line, "primaries", primaries, info->color_primaries);
    put_named(line, "transfer", transfers, info->color_transfer);
    put_named(line, "chroma_site", sites, info->chroma_site);
    put_named(line, "field_order", orders, info->field_order);
    put_ratio(line, "frame_rate", info->frame_rate_num, info->frame_rate_den);
    put_ratio(line, "pixel_aspect", info->pixel_aspect_num, info->pixel_aspect_den);
}

void app_describe_put_picture(app_line *line, const ferry_frame_info *info) {
    char fourcc[APP_DESCRIBE_FORMAT_BYTES];
    app_json_number(line, "width", (uint64_t)info->width);
    app_json_number(line, "height", (uint64_t)info->height);
    app_json_text(line, "format", app_describe_format(fourcc, info->format));
    app_json_number(line, "stride", info->stride_bytes);
    app_json_number(line, "bytes", info->length_bytes);
    app_yuv_put_json(line, info);
    app_describe_put_shape(line, info);
}

void app_describe_put_notes(app_line *line, const ferry_frame_info *info) {
    app_json_key(line, "meta");
    if (!ferry_notes_are_valid(info)) {
        app_line_put_text(line, "null");
        return;
    }
    ferry_note note;
    uint32_t at = 0;
    const char *between = "{";
    for (; ferry_notes_next(info, &at, &note); between = ", ") {
        app_line_put_text(line, between);
        app_text_put_json(line, note.key);
        app_line_put_text(line, ": ");
        app_text_put_json(line, note.value);
    }
    app_line_put_text(line, "}");
}

static void put_number_if(app_line *line, const char *key, bool is_known, uint64_t value) {
    if (is_known)
        app_json_number(line, key, value);
    else
        app_json_text(line, key, NULL);
}

void app_describe_put_moment(app_line *line, const ferry_frame_info *info) {
    put_number_if(line, "sequence", (info->flags & FERRY_FRAME_HAS_SEQUENCE) != 0, info->sequence);
    put_number_if(line, "exposure_ns", info->exposure_ns != 0, info->exposure_ns);
    app_json_key(line, "corrupt");
    app_line_put_text(line, (info->flags & FERRY_FRAME_CORRUPT) != 0 ? "true" : "false");
}

bool app_describe_is_same_shape(const ferry_frame_info *a, const ferry_frame_info *b) {
    /* As bytes: the fields in front of the flags are numbers of 32 bits without gaps. */
    enum {
        LENGTH = offsetof(ferry_frame_info, length_bytes),
        BEHIND = LENGTH + sizeof a->length_bytes,
        END = offsetof(ferry_frame_info, flags)
    };
    return memcmp(a, b, LENGTH) == 0 &&
           memcmp((const char *)a + BEHIND, (const char *)b + BEHIND, END - BEHIND) == 0 &&
           (a->length_bytes == b->length_bytes || ferry_format_is_compressed(a->format));
}
