/* The layout has to be the same on every compiler, since two builds meet in the same memory. */
#include "channel/layout.h"

#define AT(type, field, offset, why)                                                               \
    _Static_assert(offsetof(type, field) == (offset), #type "." #field ": " why)

_Static_assert(ATOMIC_INT_LOCK_FREE == 2 && ATOMIC_LLONG_LOCK_FREE == 2,
               "atomics in shared memory must not hide a lock that only one process has");
_Static_assert(sizeof(_Atomic(uint64_t)) == 8 && sizeof(_Atomic(uint32_t)) == 4,
               "an atomic field takes the room of its plain type");
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the layout is little-endian; a big-endian machine would have to swap"
#endif

_Static_assert(sizeof(ferryi_header) == FERRY_HEADER_BYTES, "BaseImage has a header of 16 bytes");
AT(ferryi_header, length, 0, "BaseImage");
AT(ferryi_header, width, 4, "BaseImage");
AT(ferryi_header, height, 8, "BaseImage");
AT(ferryi_header, bit_count, 12, "BaseImage");

AT(ferryi_descriptor, frame, 0, "the atomics share the first line");
AT(ferryi_descriptor, fills, 8, "the atomics share the first line");
AT(ferryi_descriptor, filled, 16, "the atomics share the first line");
AT(ferryi_descriptor, abandoned, 24, "the atomics share the first line");
AT(ferryi_descriptor, format, 64, "the plain fields have the second line");
AT(ferryi_descriptor, stride_bytes, 68, "layout version 2");
AT(ferryi_descriptor, length_bytes, 72, "layout version 2");
AT(ferryi_descriptor, bit_count, 76, "layout version 2");
AT(ferryi_descriptor, width, 80, "layout version 2");
AT(ferryi_descriptor, height, 84, "layout version 2");
AT(ferryi_descriptor, color_matrix, 88, "layout version 2");
AT(ferryi_descriptor, color_range, 92, "layout version 2");
AT(ferryi_descriptor, color_primaries, 96, "layout version 2");
AT(ferryi_descriptor, color_transfer, 100, "layout version 2");
AT(ferryi_descriptor, chroma_site, 104, "layout version 2");
AT(ferryi_descriptor, field_order, 108, "layout version 2");
AT(ferryi_descriptor, frame_rate_num, 112, "layout version 2");
AT(ferryi_descriptor, frame_rate_den, 116, "layout version 2");
AT(ferryi_descriptor, pixel_aspect_num, 120, "layout version 2");
AT(ferryi_descriptor, pixel_aspect_den, 124, "layout version 2");
AT(ferryi_descriptor, plane_count, 128, "planes have the third line, which few frames need");
AT(ferryi_descriptor, plane_offset, 132, "layout version 2");
AT(ferryi_descriptor, plane_stride, 148, "layout version 2");
AT(ferryi_descriptor, capture_ns, 192, "what is written when a frame is whole has a line");
AT(ferryi_descriptor, publish_ns, 200, "layout version 2");
AT(ferryi_descriptor, dropped, 208, "layout version 2");
AT(ferryi_descriptor, exposure_ns, 216, "layout version 2");
AT(ferryi_descriptor, sequence, 224, "layout version 2");
AT(ferryi_descriptor, flags, 232, "layout version 2");
AT(ferryi_descriptor, metadata_bytes, 236, "layout version 2");
AT(ferryi_descriptor, metadata, 256, "metadata has lines of its own");
_Static_assert(sizeof(ferryi_descriptor) == 1280, "whole cache lines: no two slots share one");

AT(ferryi_block, magic, 0, "layout version 2");
AT(ferryi_block, layout_version, 8, "layout version 2");
AT(ferryi_block, dialect, 12, "layout version 2");
AT(ferryi_block, generation, 16, "layout version 2");
AT(ferryi_block, slot_stride, 24, "layout version 2");
AT(ferryi_block, first_slot, 32, "layout version 2");
AT(ferryi_block, slots, 40, "layout version 2");
AT(ferryi_block, made, 44, "layout version 2");
AT(ferryi_block, when_full, 48, "layout version 2");
AT(ferryi_block, max_held, 52, "layout version 2");
AT(ferryi_block, state, 64, "a line of its own");
AT(ferryi_block, head, 128, "a line of its own");
AT(ferryi_block, early, 136, "a look for a frame looks at both: they share a line");
AT(ferryi_block, dropped, 192, "a line of its own");
AT(ferryi_block, wall_offset_ns, 200, "layout version 2");
AT(ferryi_block, start_ns, 256, "a line of its own");
AT(ferryi_block, process_id, 264, "layout version 2");
AT(ferryi_block, producer_name, 320, "starts on a line");
AT(ferryi_block, producer_user, 384, "starts on a line");
AT(ferryi_block, entry, 448, "starts on a line");
AT(ferryi_block, descriptor, 960, "starts on a line");
_Static_assert(sizeof(ferryi_block) == 82880, "layout version 2");

AT(ferryi_trailer, block_offset, 0, "layout version 2");
AT(ferryi_trailer, block_bytes, 8, "layout version 2");
AT(ferryi_trailer, layout_version, 12, "every version to come has to keep this place");
AT(ferryi_trailer, magic, 56, "every version to come has to keep this place");
_Static_assert(sizeof(ferryi_trailer) == 64, "every version to come has to keep this size");

AT(ferryi_record, held, 0, "the producer's look at a record costs one line");
AT(ferryi_record, next, 8, "the producer's look at a record costs one line");
AT(ferryi_record, state, 16, "the producer's look at a record costs one line");
AT(ferryi_record, delivery, 20, "layout version 2");
AT(ferryi_record, join_id, 24, "layout version 2");
AT(ferryi_record, awaits, 32, "the producer's look at a record costs one line");
AT(ferryi_record, event, 64, "a line of its own");
AT(ferryi_record, first, 128, "a line of its own");
AT(ferryi_record, received, 136, "layout version 2");
AT(ferryi_record, skipped, 144, "layout version 2");
AT(ferryi_record, process_id, 152, "layout version 2");
AT(ferryi_record, joined_ns, 160, "layout version 2");
AT(ferryi_record, evicted, 192, "the producer's line");
AT(ferryi_record, name, 256, "layout version 2");
_Static_assert(sizeof(ferryi_record) == 320, "whole cache lines: no two consumers share one");

AT(ferryi_consumers, magic, 0, "layout version 2");
AT(ferryi_consumers, layout_version, 8, "layout version 2");
AT(ferryi_consumers, record_count, 12, "layout version 2");
AT(ferryi_consumers, generation, 16, "layout version 2");
AT(ferryi_consumers, producer_event, 64, "a line of its own");
AT(ferryi_consumers, record, 128, "starts on a line");
_Static_assert(sizeof(ferryi_consumers) == 128 + 32 * 320, "layout version 2");

_Static_assert(FERRYI_ENTRIES >= FERRY_MAX_SLOTS,
               "the entry of a frame that a slot still holds must not have been used again");
_Static_assert(FERRY_MAX_SLOTS <= 64, "held is a mask of 64 bits");
_Static_assert(FERRY_MAX_SLOTS <= 1 << FERRYI_ENTRY_SLOT_BITS, "a slot has to fit an entry");
