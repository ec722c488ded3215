#include "port/payload.h"

#include <inttypes.h>
#include <string.h>

#include "frame/bitmap.h"
#include "support/error.h"

enum { INT32_HEADER_BYTES = 12 };

static size_t header_bytes(const ferry_port *port) {
    if (port->options.payload != FERRY_PAYLOAD_IMAGE)
        return 0;
    return port->convention->has_int32_header ? INT32_HEADER_BYTES : FERRY_HEADER_BYTES;
}

/* ---- sizes ---- */

uint64_t ferryi_payload_memory_bytes(const ferry_port *port) {
    const ferryi_convention *convention = port->convention;
    uint64_t least = convention->memory_bytes, bytes = 0;
    if (port->options.memory_bytes != 0)
        return port->options.memory_bytes;
    switch (port->options.payload) {
    case FERRY_PAYLOAD_TEXT: bytes = convention->text_bytes; break;
    case FERRY_PAYLOAD_RAW: bytes = port->options.raw.length_bytes; break;
    default: bytes = FERRY_DEFAULT_SLOT_BYTES; break;
    }
    return bytes > least ? bytes : least;
}

bool ferryi_payload_is_fixed(const ferry_port *port) {
    return port->options.payload == FERRY_PAYLOAD_TEXT &&
           port->convention->memory_bytes > port->convention->text_bytes;
}

uint64_t ferryi_payload_most_bytes(const ferry_port *port, uint64_t room_bytes) {
    const ferryi_convention *convention = port->convention;
    if (port->options.payload != FERRY_PAYLOAD_TEXT)
        return room_bytes;
    /* A program of the convention has a buffer of that size for it, whatever the memory has: more
     * than that is sent only to one that is known to have more. A message that has a size of its
     * own has it also in larger memory. */
    uint64_t most = convention->text_bytes;
    if (port->options.memory_bytes != 0 &&
        (!ferryi_payload_is_fixed(port) || port->options.memory_bytes < most))
        most = port->options.memory_bytes;
    return most < room_bytes ? most : room_bytes;
}

/* ---- sending ---- */

static ferry_status pack_text(ferryi_packet *out, const ferry_frame_info *info,
                              const uint8_t *pixels, ferry_error *error) {
    if (memchr(pixels, 0, info->length_bytes) != NULL)
        return ferryi_fail(error, FERRY_INVALID_ARGUMENT, 0,
                           "the text has a zero in it, which is where a text ends");
    out->planes[0] =
        (ferryi_payload_rows){.first = pixels, .row_bytes = info->length_bytes, .count = 1};
    out->plane_count = 1;
    out->has_zero = true;
    out->bytes = (uint64_t)info->length_bytes + 1;
    return FERRY_OK;
}

/* Finds the planes of a picture, and where they go when its rows have this stride there. */
static ferry_status pack_planes(ferryi_packet *out, const ferry_frame_info *info,
                                const uint8_t *pixels, uint32_t stride_bytes, ferry_layout *packed,
                                ferry_error *error) {
    ferry_layout given;
    ferry_status status = ferry_layout_of(&given, info);
    if (status == FERRY_OK)
        status =
            ferry_layout_compute(packed, info->format, info->width, info->height, stride_bytes);
    if (status != FERRY_OK)
        return ferryi_fail(error, status, 0,
                           "a picture of %d x %d pixels and this format cannot be sent",
                           (int)info->width, (int)info->height);
    for (uint32_t i = 0; i < packed->plane_count; i++)
        out->planes[i] =
            (ferryi_payload_rows){.first = pixels + given.planes[i].offset_bytes,
                                  .stride_bytes = (ptrdiff_t)given.planes[i].stride_bytes,
                                  .row_bytes = packed->planes[i].row_bytes,
                                  .count = packed->planes[i].rows,
                                  .place_bytes = packed->planes[i].offset_bytes,
                                  .pitch_bytes = packed->planes[i].stride_bytes};
    out->plane_count = packed->plane_count;
    out->bytes = out->header_bytes + packed->length_bytes;
    return FERRY_OK;
}

/* The places of width, height and size in a header of three. */
static void order_header(const ferry_port *port, int32_t header[4], const int32_t values[3]) {
    static const char letters[] = "whs";
    for (int i = 0; i < 3; i++)
        header[i] = values[strchr(letters, port->options.header_order[i]) - letters];
}

static ferry_status pack_header(ferryi_packet *out, const ferry_port *port,
                                const ferry_frame_info *info, uint32_t length, ferry_error *error) {
    int32_t bits = ferryi_bitmap_bits(info->format, port->options.format_16bit);
    if (bits == 0)
        return ferryi_fail(error, FERRY_NOT_SUPPORTED, 0,
                           "the header of an image cannot say this pixel format: convert it to "
                           "gray, %s, bgr24 or bgra",
                           ferry_format_name(port->options.format_16bit));
    if (length > INT32_MAX)
        return ferryi_fail(error, FERRY_TOO_LARGE, 0, "the image has 2^31 bytes or more");
    if (port->convention->has_int32_header)
        order_header(port, out->header, (int32_t[]){info->width, info->height, (int32_t)length});
    else
        memcpy(out->header, (int32_t[]){(int32_t)length, info->width, info->height, bits},
               FERRY_HEADER_BYTES);
    return FERRY_OK;
}

static void turn_over(ferryi_payload_rows *rows) {
    rows->first += rows->stride_bytes * (ptrdiff_t)(rows->count - 1);
    rows->stride_bytes = -rows->stride_bytes;
}

static ferry_status pack_picture(ferryi_packet *out, const ferry_port *port,
                                 const ferry_frame_info *info, const uint8_t *pixels,
                                 ferry_error *error) {
    const ferry_frame_info *raw = &port->options.raw;
    bool is_raw = port->options.payload == FERRY_PAYLOAD_RAW;
    if (is_raw &&
        (info->width != raw->width || info->height != raw->height || info->format != raw->format))
        return ferryi_fail(error, FERRY_INVALID_ARGUMENT, 0,
                           "the picture has %d x %d pixels and its format, and raw messages here "
                           "have %d x %d and theirs",
                           (int)info->width, (int)info->height, (int)raw->width, (int)raw->height);
    ferry_layout packed;
    ferry_status status =
        pack_planes(out, info, pixels, is_raw ? raw->stride_bytes : 0, &packed, error);
    if (status == FERRY_OK && !is_raw)
        status = pack_header(out, port, info, packed.length_bytes, error);
    if (status == FERRY_OK && port->options.bottom_up != 0)
        turn_over(&out->planes[0]);
    return status;
}

ferry_status ferryi_payload_pack(ferryi_packet *out, const ferry_port *port,
                                 const ferry_frame_info *info, const uint8_t *pixels,
                                 ferry_error *error) {
    *out = (ferryi_packet){.header_bytes = header_bytes(port)};
    bool is_text = port->options.payload == FERRY_PAYLOAD_TEXT;
    if (is_text != (info->format == FERRY_FORMAT_TEXT))
        return ferryi_fail(error, FERRY_INVALID_ARGUMENT, 0, "this port sends %s, and got %s",
                           is_text ? "texts" : "pictures", is_text ? "a picture" : "a text");
    return is_text ? pack_text(out, info, pixels, error)
                   : pack_picture(out, port, info, pixels, error);
}

void ferryi_payload_write(uint8_t *to, const ferryi_packet *packet) {
    memcpy(to, packet->header, packet->header_bytes);
    to += packet->header_bytes;
    for (uint32_t i = 0; i < packet->plane_count; i++) {
        const ferryi_payload_rows *rows = &packet->planes[i];
        for (size_t y = 0; y < rows->count; y++)
            memcpy(to + rows->place_bytes + rows->pitch_bytes * y,
                   rows->first + rows->stride_bytes * (ptrdiff_t)y, rows->row_bytes);
    }
    if (packet->has_zero)
        to[packet->bytes - 1] = 0;
}

/* ---- receiving ---- */

/* The numbers of a header, as they lie in memory. */
static ferryi_bitmap read_header(const ferry_port *port, const uint8_t *from) {
    int32_t values[4] = {0};
    memcpy(values, from, header_bytes(port));
    if (!port->convention->has_int32_header)
        return (ferryi_bitmap){
            .length = values[0], .width = values[1], .height = values[2], .bit_count = values[3]};
    int32_t width = values[strchr(port->options.header_order, 'w') - port->options.header_order];
    int32_t height = values[strchr(port->options.header_order, 'h') - port->options.header_order];
    int32_t size = values[strchr(port->options.header_order, 's') - port->options.header_order];
    int64_t pixels = (int64_t)width * (height < 0 ? -(int64_t)height : height);
    int64_t told = ferry_format_bit_count(port->options.format);
    /* The size says how many bytes a pixel has; rows may be padded to 4. */
    int64_t bits = pixels > 0 && size > 0 ? (int64_t)size / pixels * 8 : 0;
    if (pixels > 0 && told > 0 && pixels < INT32_MAX && (int64_t)size * 8 / pixels == told)
        bits = told;
    return (ferryi_bitmap){.length = size,
                           .width = width,
                           .height = height,
                           .bit_count = bits > INT32_MAX ? 0 : (int32_t)bits};
}

static ferry_status refuse_header(const ferry_port *port, const ferryi_bitmap *b, uint64_t room,
                                  ferry_error *error) {
    if (port->convention->has_int32_header)
        return ferryi_fail(
            error, FERRY_MALFORMED, 0,
            "%s: its header says %d x %d pixels and %d bytes, and the memory has "
            "room for %llu: that is no image; --order says which number is which, "
            "--bare-format what its bits are, --payload raw:WxH:FORMAT that there is no header",
            port->names[FERRY_PORT_MEMORY], (int)b->width, (int)b->height, (int)b->length,
            (unsigned long long)room);
    return ferryi_fail(
        error, FERRY_MALFORMED, 0,
        "%s: its header says %d bytes, %d x %d pixels of %d bits, and the memory has "
        "room for %llu: that is no image; --bare-format says what its bits are, --payload "
        "raw:WxH:FORMAT takes one without a header, --payload text a text",
        port->names[FERRY_PORT_MEMORY], (int)b->length, (int)b->width, (int)b->height,
        (int)b->bit_count, (unsigned long long)room);
}

static ferry_status describe(const ferry_port *port, const uint8_t *from, uint64_t room_bytes,
                             ferry_frame_info *info, bool *is_bottom_up, ferry_error *error) {
    size_t front = header_bytes(port);
    uint64_t room = room_bytes > front ? room_bytes - front : 0;
    ferryi_bitmap bitmap = {0};
    if (room_bytes >= front)
        bitmap = read_header(port, from);
    static const ferryi_bitmap nothing;
    if (memcmp(&bitmap, &nothing, sizeof nothing) == 0)
        return ferryi_fail(error, FERRY_NO_PRODUCER, 0, "nothing has been written yet");
    *is_bottom_up = (bitmap.height < 0) != (port->options.bottom_up != 0);
    ferryi_bitmap_told told = {.format_16bit = port->options.format_16bit,
                               .format = port->options.format};
    ferry_status status = ferryi_bitmap_describe(info, &bitmap, room, &told);
    return status == FERRY_OK ? FERRY_OK : refuse_header(port, &bitmap, room, error);
}

/* Whether nobody has written these bytes yet. */
static bool is_blank(const uint8_t *from, size_t bytes) {
    return bytes > 0 && from[0] == 0 && memcmp(from, from + 1, bytes - 1) == 0;
}

static ferry_status measure_raw(const ferry_port *port, const uint8_t *from, uint64_t room_bytes,
                                size_t *bytes, ferry_error *error) {
    *bytes = port->options.raw.length_bytes;
    if (*bytes > room_bytes)
        return ferryi_fail(error, FERRY_MALFORMED, 0,
                           "%s has %llu bytes, and the frames that --payload names take %zu",
                           port->names[FERRY_PORT_MEMORY], (unsigned long long)room_bytes, *bytes);
    bool is_new =
        port->convention->announces || port->counters.received > 0 || !is_blank(from, *bytes);
    return is_new ? FERRY_OK : FERRY_NO_PRODUCER;
}

/* A text has its length as width. */
static ferry_status measure_text(const ferry_port *port, const uint8_t *from, uint64_t room_bytes,
                                 size_t *bytes, ferry_error *error) {
    uint64_t most = room_bytes < INT32_MAX ? room_bytes : INT32_MAX;
    const uint8_t *zero = memchr(from, 0, (size_t)most);
    *bytes = zero != NULL ? (size_t)(zero - from) : (size_t)most;
    if (zero == NULL && most < room_bytes)
        return ferryi_fail(error, FERRY_MALFORMED, 0, "%s: its text has 2^31 bytes or more",
                           port->names[FERRY_PORT_MEMORY]);
    return *bytes > 0 || port->convention->announces ? FERRY_OK : FERRY_NO_PRODUCER;
}

ferry_status ferryi_payload_measure(const ferry_port *port, const uint8_t *from,
                                    uint64_t room_bytes, size_t *bytes, ferry_error *error) {
    ferry_frame_info info;
    bool is_bottom_up;
    ferry_status status = FERRY_OK;
    switch (port->options.payload) {
    case FERRY_PAYLOAD_TEXT: return measure_text(port, from, room_bytes, bytes, error);
    case FERRY_PAYLOAD_RAW: return measure_raw(port, from, room_bytes, bytes, error);
    default:
        status = describe(port, from, room_bytes, &info, &is_bottom_up, error);
        if (status == FERRY_OK)
            *bytes = header_bytes(port) + info.length_bytes;
        return status;
    }
}

/* Turns each plane over; what lies between and behind their rows stays. */
static void turn_rows(ferry_image *image, const uint8_t *from) {
    ferry_layout layout;
    memcpy(image->pixels, from, image->info.length_bytes);
    if (ferry_layout_of(&layout, &image->info) != FERRY_OK)
        return; /* cannot be: it has been described by it */
    for (uint32_t i = 0; i < layout.plane_count; i++) {
        const ferry_plane *plane = &layout.planes[i];
        for (size_t y = 0; y < plane->rows; y++)
            memcpy(image->pixels + plane->offset_bytes + y * plane->stride_bytes,
                   from + plane->offset_bytes + (plane->rows - 1 - y) * plane->stride_bytes,
                   plane->row_bytes);
    }
}

ferry_status ferryi_payload_unpack(const ferry_port *port, const uint8_t *bytes, size_t count,
                                   ferry_image *image, ferry_error *error) {
    ferry_frame_info info = port->options.raw;
    bool is_bottom_up = port->options.bottom_up != 0;
    size_t front = header_bytes(port);
    if (port->options.payload == FERRY_PAYLOAD_RAW && count < info.length_bytes)
        return ferryi_fail(error, FERRY_MALFORMED, 0, "%zu bytes are less than a frame", count);
    if (port->options.payload == FERRY_PAYLOAD_TEXT) {
        is_bottom_up = false;
        info = (ferry_frame_info){.width = (int32_t)count,
                                  .height = 1,
                                  .format = FERRY_FORMAT_TEXT,
                                  .bit_count = 8,
                                  .stride_bytes = (uint32_t)count,
                                  .length_bytes = (uint32_t)count};
    } else if (port->options.payload == FERRY_PAYLOAD_IMAGE) {
        ferry_status status = describe(port, bytes, count, &info, &is_bottom_up, error);
        if (status != FERRY_OK)
            return FERRY_MALFORMED;
    }
    if (ferry_image_reserve(image, (size_t)info.length_bytes + 1) != FERRY_OK)
        return ferryi_fail(error, FERRY_NO_MEMORY, 0, "out of memory");
    image->info = info;
    if (is_bottom_up)
        turn_rows(image, bytes + front);
    else
        memcpy(image->pixels, bytes + front, info.length_bytes);
    image->pixels[info.length_bytes] = 0;
    return FERRY_OK;
}
