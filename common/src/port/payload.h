/* The bytes of a message: a header, pixels, a text. */
#ifndef FERRYI_PORT_PAYLOAD_H
#define FERRYI_PORT_PAYLOAD_H

#include "port/port_handle.h"

/* The rows of one plane, or a text as a single row. */
typedef struct ferryi_payload_rows {
    const uint8_t *first;
    ptrdiff_t stride_bytes; /* from one row to the next in the source; negative: upwards */
    size_t row_bytes;
    size_t count;
    size_t place_bytes; /* where the first row goes, behind the header */
    size_t pitch_bytes; /* from one row to the next there */
} ferryi_payload_rows;

/* A message as it will lie in the memory. */
typedef struct ferryi_packet {
    int32_t header[4];
    size_t header_bytes;
    ferryi_payload_rows planes[FERRY_PLANES_MAX];
    uint32_t plane_count;
    bool has_zero; /* a zero at the end */
    uint64_t bytes;
} ferryi_packet;

/* How large the memory is that a port makes. */
uint64_t ferryi_payload_memory_bytes(const ferry_port *port);

/* The most bytes that a message may have, of memory that has room for so many. */
uint64_t ferryi_payload_most_bytes(const ferry_port *port, uint64_t room_bytes);

/* Whether a message has a most size of its own, whatever the memory has. */
bool ferryi_payload_is_fixed(const ferry_port *port);

/* Lays out a message, which stays where it is. FERRY_NOT_SUPPORTED, FERRY_INVALID_ARGUMENT as
 * ferry_port_send. */
ferry_status ferryi_payload_pack(ferryi_packet *out, const ferry_port *port,
                                 const ferry_frame_info *info, const uint8_t *pixels,
                                 ferry_error *error);

/* Writes a packet, for which there is room. */
void ferryi_payload_write(uint8_t *to, const ferryi_packet *packet);

/* Finds out how many bytes the message has that lies in memory, which others may be writing.
 * FERRY_OK; FERRY_NO_PRODUCER: there is none yet; FERRY_MALFORMED, with a sentence that shows what
 * was seen. */
ferry_status ferryi_payload_measure(const ferry_port *port, const uint8_t *from,
                                    uint64_t room_bytes, size_t *bytes, ferry_error *error);

/* Makes an image of a message's bytes, which nobody else writes. FERRY_OK; FERRY_NO_MEMORY;
 * FERRY_MALFORMED: they are no message, or not all of one. */
ferry_status ferryi_payload_unpack(const ferry_port *port, const uint8_t *bytes, size_t count,
                                   ferry_image *image, ferry_error *error);

#endif
