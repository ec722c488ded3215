/* Messages in memory that ends where nothing more can be read. Include after cmocka.h; define
 * _GNU_SOURCE first. */
#ifndef FERRY_TEST_PAYLOAD_SUPPORT_H
#define FERRY_TEST_PAYLOAD_SUPPORT_H

#include "pages.h"
#include "port/payload.h"
#include "port/port_options.h"
#include "port_support.h"

enum { ROOM = 4096, MOST_PIXELS = 1024 };

static ferry_port port; /* its options, and nothing else */
static ferry_error error;
static uint8_t *end; /* of the memory */
static uint8_t pixels[MOST_PIXELS];

static inline int set_up(void **state) {
    (void)state;
    end = end_before_a_gap();
    for (size_t i = 0; i < sizeof pixels; i++)
        pixels[i] = (uint8_t)(i * 7 + 1);
    return end == NULL;
}

static inline void use_options(const ferry_port_options *options) {
    port = (ferry_port){0};
    assert_int_equal(ferryi_port_options_read(&port, options, NULL), FERRY_OK);
    memset(end - ROOM, 0xaa, ROOM);
}

static inline ferry_port_options options_of(uint32_t dialect, uint32_t payload) {
    ferry_port_options options = FERRY_PORT_OPTIONS_INIT;
    options.dialect = dialect;
    options.payload = payload;
    return options;
}

static inline void use(uint32_t dialect, uint32_t payload) {
    ferry_port_options options = options_of(dialect, payload);
    use_options(&options);
}

static inline void use_raw(uint32_t dialect, int32_t width, int32_t height, uint32_t format,
                           uint32_t stride) {
    ferry_port_options options = options_of(dialect, FERRY_PAYLOAD_RAW);
    options.raw.width = width;
    options.raw.height = height;
    options.raw.format = format;
    options.raw.stride_bytes = stride;
    use_options(&options);
}

static inline ferry_status pack(ferryi_packet *packet, ferry_frame_info info) {
    error = (ferry_error)FERRY_ERROR_INIT;
    ferry_status status = ferryi_payload_pack(packet, &port, &info, pixels, &error);
    assert_int_equal(error.status, status);
    return status;
}

/* Packs a message and writes it, so that it ends where the memory does. */
static inline uint8_t *write_at_the_end(ferry_frame_info info) {
    ferryi_packet packet;
    if (pack(&packet, info) != FERRY_OK)
        fail_msg("%s", error.message);
    assert_true(packet.bytes <= ROOM);
    uint8_t *at = end - packet.bytes;
    ferryi_payload_write(at, &packet);
    return at;
}

static inline ferry_status measure(const uint8_t *at, uint64_t room, size_t *bytes) {
    error = (ferry_error)FERRY_ERROR_INIT;
    return ferryi_payload_measure(&port, at, room, bytes, &error);
}

/* Takes the message that begins here and ends the memory. */
static inline ferry_image take(const uint8_t *at) {
    size_t bytes = 0;
    ferry_image image = FERRY_IMAGE_INIT;
    if (measure(at, (uint64_t)(end - at), &bytes) != FERRY_OK)
        fail_msg("measure: %s", error.message);
    assert_true(bytes <= (size_t)(end - at));
    /* A copy of exactly that size, so that AddressSanitizer sees a step outside. */
    uint8_t *copy = malloc(bytes + (bytes == 0));
    memcpy(copy, at, bytes);
    assert_int_equal(ferryi_payload_unpack(&port, copy, bytes, &image, &error), FERRY_OK);
    free(copy);
    assert_int_equal(image.pixels[image.info.length_bytes], 0);
    return image;
}

static inline int32_t number_at(const uint8_t *at, int index) {
    int32_t number;
    memcpy(&number, at + 4 * index, sizeof number);
    return number;
}

static inline void put_numbers(uint8_t *at, const int32_t *numbers, int count) {
    memcpy(at, numbers, (size_t)count * sizeof *numbers);
}

static inline ferry_frame_info picture(int32_t width, int32_t height, uint32_t format,
                                       uint32_t stride) {
    return (ferry_frame_info){
        .width = width, .height = height, .format = format, .stride_bytes = stride};
}

/* Whether rows of the image are those of pixels, whose rows have this stride. */
static inline void assert_rows(const ferry_image *image, uint32_t row, uint32_t stride,
                               bool turned) {
    for (int32_t y = 0; y < image->info.height; y++) {
        int32_t from = turned ? image->info.height - 1 - y : y;
        assert_memory_equal(image->pixels + image->info.stride_bytes * (uint32_t)y,
                            pixels + stride * (uint32_t)from, row);
    }
}

#endif
