/* Prints where everything lies in shared memory, for a comparison with layout.golden. A struct is
 * printed whole: a gap between two fields, which would be padding or a field that is missing here,
 * makes the program fail. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "channel/geometry.h"
#include "channel/layout.h"

static size_t at;
static int faults;

static void field(const char *type, const char *name, size_t offset, size_t size) {
    if (offset != at) {
        fprintf(stderr, "%s.%s begins at %zu, and what is before it ends at %zu\n", type, name,
                offset, at);
        faults++;
    }
    at = offset + size;
    printf("  %6zu %6zu %s\n", offset, size, name);
}

static void begin(const char *type, size_t size, size_t alignment) {
    printf("%s: %zu bytes, aligned to %zu\n", type, size, alignment);
    at = 0;
}

static void end(const char *type, size_t size) {
    if (at != size) {
        fprintf(stderr, "%s has %zu bytes, and its fields end at %zu\n", type, size, at);
        faults++;
    }
}

#define BEGIN(type) begin(#type, sizeof(type), _Alignof(type))
#define FIELD(type, name) field(#type, #name, offsetof(type, name), sizeof((type){0}.name))
#define END(type) end(#type, sizeof(type))

static void print_header(void) {
    BEGIN(ferryi_header);
    FIELD(ferryi_header, length);
    FIELD(ferryi_header, width);
    FIELD(ferryi_header, height);
    FIELD(ferryi_header, bit_count);
    END(ferryi_header);
}

static void print_descriptor(void) {
    BEGIN(ferryi_descriptor);
    FIELD(ferryi_descriptor, frame);
    FIELD(ferryi_descriptor, fills);
    FIELD(ferryi_descriptor, filled);
    FIELD(ferryi_descriptor, abandoned);
    FIELD(ferryi_descriptor, reserved_a);
    FIELD(ferryi_descriptor, format);
    FIELD(ferryi_descriptor, stride_bytes);
    FIELD(ferryi_descriptor, length_bytes);
    FIELD(ferryi_descriptor, bit_count);
    FIELD(ferryi_descriptor, width);
    FIELD(ferryi_descriptor, height);
    FIELD(ferryi_descriptor, color_matrix);
    FIELD(ferryi_descriptor, color_range);
    FIELD(ferryi_descriptor, color_primaries);
    FIELD(ferryi_descriptor, color_transfer);
    FIELD(ferryi_descriptor, chroma_site);
    FIELD(ferryi_descriptor, field_order);
    FIELD(ferryi_descriptor, frame_rate_num);
    FIELD(ferryi_descriptor, frame_rate_den);
    FIELD(ferryi_descriptor, pixel_aspect_num);
    FIELD(ferryi_descriptor, pixel_aspect_den);
    FIELD(ferryi_descriptor, plane_count);
    FIELD(ferryi_descriptor, plane_offset);
    FIELD(ferryi_descriptor, plane_stride);
    FIELD(ferryi_descriptor, reserved_b);
    FIELD(ferryi_descriptor, capture_ns);
    FIELD(ferryi_descriptor, publish_ns);
    FIELD(ferryi_descriptor, dropped);
    FIELD(ferryi_descriptor, exposure_ns);
    FIELD(ferryi_descriptor, sequence);
    FIELD(ferryi_descriptor, flags);
    FIELD(ferryi_descriptor, metadata_bytes);
    FIELD(ferryi_descriptor, reserved_c);
    FIELD(ferryi_descriptor, metadata);
    END(ferryi_descriptor);
}

static void print_block(void) {
    BEGIN(ferryi_block);
    FIELD(ferryi_block, magic);
    FIELD(ferryi_block, layout_version);
    FIELD(ferryi_block, dialect);
    FIELD(ferryi_block, generation);
    FIELD(ferryi_block, slot_stride);
    FIELD(ferryi_block, first_slot);
    FIELD(ferryi_block, slots);
    FIELD(ferryi_block, made);
    FIELD(ferryi_block, when_full);
    FIELD(ferryi_block, max_held);
    FIELD(ferryi_block, reserved_a);
    FIELD(ferryi_block, state);
    FIELD(ferryi_block, reserved_b);
    FIELD(ferryi_block, head);
    FIELD(ferryi_block, early);
    FIELD(ferryi_block, reserved_c);
    FIELD(ferryi_block, dropped);
    FIELD(ferryi_block, wall_offset_ns);
    FIELD(ferryi_block, reserved_d);
    FIELD(ferryi_block, start_ns);
    FIELD(ferryi_block, process_id);
    FIELD(ferryi_block, reserved_e);
    FIELD(ferryi_block, producer_name);
    FIELD(ferryi_block, producer_user);
    FIELD(ferryi_block, entry);
    FIELD(ferryi_block, descriptor);
    END(ferryi_block);
}

static void print_trailer(void) {
    BEGIN(ferryi_trailer);
    FIELD(ferryi_trailer, block_offset);
    FIELD(ferryi_trailer, block_bytes);
    FIELD(ferryi_trailer, layout_version);
    FIELD(ferryi_trailer, reserved);
    FIELD(ferryi_trailer, magic);
    END(ferryi_trailer);
}

static void print_record(void) {
    BEGIN(ferryi_record);
    FIELD(ferryi_record, held);
    FIELD(ferryi_record, next);
    FIELD(ferryi_record, state);
    FIELD(ferryi_record, delivery);
    FIELD(ferryi_record, join_id);
    FIELD(ferryi_record, awaits);
    FIELD(ferryi_record, max_lag);
    FIELD(ferryi_record, reserved_a);
    FIELD(ferryi_record, event);
    FIELD(ferryi_record, reserved_b);
    FIELD(ferryi_record, first);
    FIELD(ferryi_record, received);
    FIELD(ferryi_record, skipped);
    FIELD(ferryi_record, process_id);
    FIELD(ferryi_record, reserved_c);
    FIELD(ferryi_record, joined_ns);
    FIELD(ferryi_record, reserved_d);
    FIELD(ferryi_record, evicted);
    FIELD(ferryi_record, reserved_e);
    FIELD(ferryi_record, name);
    END(ferryi_record);
}

static void print_consumers(void) {
    BEGIN(ferryi_consumers);
    FIELD(ferryi_consumers, magic);
    FIELD(ferryi_consumers, layout_version);
    FIELD(ferryi_consumers, record_count);
    FIELD(ferryi_consumers, generation);
    FIELD(ferryi_consumers, reserved_a);
    FIELD(ferryi_consumers, producer_event);
    FIELD(ferryi_consumers, reserved_b);
    FIELD(ferryi_consumers, record);
    END(ferryi_consumers);
}

static int print_geometry(const char *title, const ferryi_geometry *g) {
    printf("%s: %u slots, the first at %" PRIu64 ", each %" PRIu64 " bytes; block at %" PRIu64
           ", %" PRIu64 " bytes in all\n",
           title, (unsigned)g->slots, g->first_slot, g->slot_stride, g->block_offset,
           g->object_bytes);
    return 0;
}

static int print_geometries(void) {
    static const struct {
        uint32_t slots;
        uint64_t slot_bytes;
    } made[] = {{FERRY_DEFAULT_SLOTS, FERRY_DEFAULT_SLOT_BYTES}, {2, 17}, {64, 8294416}};
    ferryi_geometry g;
    for (size_t i = 0; i < sizeof made / sizeof made[0]; i++) {
        if (ferryi_geometry_make(&g, made[i].slots, made[i].slot_bytes, NULL) != FERRY_OK)
            return 1;
        print_geometry("native", &g);
    }
    ferryi_geometry_plan_one_slot(&g, FERRY_DIALECT_BASEIMAGE, FERRY_DEFAULT_SLOT_BYTES);
    ferryi_geometry_place_behind(&g, FERRY_DEFAULT_SLOT_BYTES);
    return print_geometry("baseimage", &g);
}

int main(void) {
    printf("layout version %d, entries: 56 bits of frame number above %d of slot\n",
           FERRY_LAYOUT_VERSION, FERRYI_ENTRY_SLOT_BITS);
    print_header();
    print_descriptor();
    print_block();
    print_trailer();
    print_record();
    print_consumers();
    return print_geometries() + faults == 0 ? 0 : 1;
}
