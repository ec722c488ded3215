/* What lies in shared memory: two objects for each channel. docs/layout.md has the picture.
 *
 * All integers are little-endian and of fixed width; there are no pointers, enums or bools. Each
 * cache line has one writer and one purpose. Nothing here may change without a new
 * FERRY_LAYOUT_VERSION, but for this: a reserved field may be given a meaning if 0, which older
 * programs leave there, says nothing.
 *
 * Nothing that a peer can write is believed: geometry is checked once against the size of the own
 * mapping and then used from a private copy (ferryi_geometry); header and descriptor of a frame
 * likewise (ferryi_frame_check). */
#ifndef FERRYI_CHANNEL_LAYOUT_H
#define FERRYI_CHANNEL_LAYOUT_H

#include <frameferry/channel.h>
#include <frameferry/frame.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "platform/shm.h"

#define FERRYI_CACHE_LINE 64

/* Numbers kept in ring order: entry[number % FERRYI_ENTRIES]. At least the number of slots, so that
 * the entry of a frame that some slot still holds has not been used again. */
#define FERRYI_ENTRIES 64

/* ---- frames object: the producer writes, consumers map it read-only ---- */

/* The first 16 bytes of a slot, as BaseImage programs have them. */
typedef struct ferryi_header {
    int32_t length; /* bytes of pixels that follow */
    int32_t width;
    int32_t height;
    int32_t bit_count;
} ferryi_header;

/* What belongs to a slot's frame but does not fit the header. Producer writes. */
typedef struct ferryi_descriptor {
    /* The number of the frame that the slot holds; 0: none, or being written. Sequentially
     * consistent where the producer takes the slot away (K1) and a consumer checks it (K4). */
    _Atomic(uint64_t) frame;
    /* How often writing into this slot has begun; raised before the first pixel byte. */
    _Atomic(uint64_t) fills;
    /* Bytes of pixels written so far: 0, or the length; of a frame that is shown early anything in
     * between. It never goes back. Sequentially consistent where it is raised (L1). */
    _Atomic(uint64_t) filled;
    /* The filling that was given up after it had been shown early, the last one that was; 0: none
     * yet. Sequentially consistent (T1). */
    _Atomic(uint64_t) abandoned;
    uint64_t reserved_a[4];

    /* From here on plain memory, written between "fills raised" and "frame stored" only, and of a
     * frame that is shown early before it is: but for the last six fields. */
    uint32_t format;
    uint32_t stride_bytes;
    uint32_t length_bytes;
    uint32_t bit_count;
    int32_t width;
    int32_t height;
    uint32_t color_matrix;
    uint32_t color_range;
    uint64_t capture_ns;
    uint64_t publish_ns;
    uint64_t dropped;
    uint32_t metadata_bytes;
    uint32_t reserved_b;

    uint8_t metadata[FERRY_METADATA_MAX];
} ferryi_descriptor;

/* States of a producer, in ferryi_block.state. */
enum {
    FERRYI_STATE_STARTING = 0, /* dialect: a new producer is setting up an object that was there */
    FERRYI_STATE_RUNNING = 1,
    FERRYI_STATE_ENDED = 2 /* closed; what was published can still be read */
};

/* Bits of ferryi_block.made: what the producers of this channel made, and may hence remove. */
enum { FERRYI_MADE_OBJECT = 1, FERRYI_MADE_EVENT = 2 };

/* ferryi_block.when_full: a ferry_full_policy and one more; producers that were before it say
 * nothing. */
enum { FERRYI_WHEN_FULL_UNSAID = 0, FERRYI_WHEN_FULL_WAIT = 1, FERRYI_WHEN_FULL_DROP = 2 };

/* The channel block, in the last pages of the frames object. Producer writes. */
typedef struct ferryi_block {
    /* Line 0: constant for the life of a generation, but for the generation in the dialect. */
    uint8_t magic[8];
    uint32_t layout_version;
    uint32_t dialect; /* a ferry_dialect */
    _Atomic(uint64_t) generation;
    uint64_t slot_stride; /* from one slot to the next, a multiple of FERRYI_SHM_PAGE */
    uint64_t first_slot;  /* offset of slot 0's header: 4080, in the dialect 0 */
    uint32_t slots;
    uint32_t made;      /* FERRYI_MADE_..., read by whoever cleans up after a death */
    uint32_t when_full; /* FERRYI_WHEN_FULL_..., for those who attach */
    uint32_t reserved_a[3];

    /* Line 1. */
    _Atomic(uint32_t) state; /* released after all that it announces */
    uint32_t reserved_b[15];

    /* Line 2: what there is to receive. Number of the newest frame; 0: none yet. Released after its
     * entry and descriptor. */
    _Atomic(uint64_t) head;
    /* The one filling that may be followed while it is written, packed as an entry is: the
     * descriptor's fills above the slot; 0: none. Sequentially consistent (A1, B1). */
    _Atomic(uint64_t) early;
    uint64_t reserved_c[6];

    /* Line 3: frames given up, in all. */
    _Atomic(uint64_t) dropped;
    uint64_t reserved_d[7];

    /* 56 bits of frame number above 8 bits of slot. */
    _Atomic(uint64_t) entry[FERRYI_ENTRIES];
    ferryi_descriptor descriptor[FERRY_MAX_SLOTS];
} ferryi_block;

/* The last bytes of the frames object say where the block is. Constant. */
typedef struct ferryi_trailer {
    uint64_t block_offset;
    uint32_t block_bytes;
    uint32_t layout_version;
    uint64_t reserved[5];
    uint8_t magic[8]; /* the object's very last bytes */
} ferryi_trailer;

/* ---- consumers object: every attached process may write ---- */

enum { FERRYI_RECORD_FREE = 0, FERRYI_RECORD_TAKEN = 1 };

/* In ferryi_record.next: this consumer does not want every frame. */
#define FERRYI_NEXT_NONE UINT64_MAX

/* One consumer. A record belongs to whoever holds its lease: its consumer, or a finder that clears
 * away after a dead one. It is set up in the order lease, zeroed, taken, and left in reverse. */
typedef struct ferryi_record {
    /* Line 0: what the producer looks at for each frame. Owner writes. */
    _Atomic(uint64_t) held; /* mask of the slots in hand */
    _Atomic(uint64_t) next; /* "every": the first frame still wanted; else FERRYI_NEXT_NONE */
    _Atomic(uint32_t) state;
    _Atomic(uint32_t) delivery; /* for people who look: the producer goes by next */
    _Atomic(uint64_t) join_id;  /* tells one life of a record from the next; 0 while free */
    /* Bytes of a frame shown early at which its owner wants to be woken; 0: at none. Sequentially
     * consistent (L3). */
    _Atomic(uint64_t) awaits;
    /* "every": how many frames it may be behind before it skips some; 0: it skips none. Written
     * before next. */
    _Atomic(uint32_t) max_lag;
    uint32_t reserved_a[5];

    /* Line 1: the consumer's event. Setters and the owner write. */
    _Atomic(uint32_t) event;
    uint32_t reserved_b[15];

    /* Line 2: counters, for the producer's list only. Owner writes, relaxed. */
    _Atomic(uint64_t) first;
    _Atomic(uint64_t) received;
    _Atomic(uint64_t) skipped;
    _Atomic(uint32_t) process_id;
    uint32_t reserved_c;
    uint64_t reserved_d[4];

    /* Line 3: the join_id that the producer has evicted. Producer writes. */
    _Atomic(uint64_t) evicted;
    uint64_t reserved_e[7];

    /* Line 4: the name, as relaxed words, since it may be read while its owner writes it. */
    _Atomic(uint64_t) name[(FERRY_CONSUMER_NAME_MAX + 1) / 8];
} ferryi_record;

typedef struct ferryi_consumers {
    /* Line 0: constant. */
    uint8_t magic[8];
    uint32_t layout_version;
    uint32_t record_count;
    uint64_t generation;
    uint64_t reserved_a[5];

    /* Line 1: the producer's event. Setters and the producer write. */
    _Atomic(uint32_t) producer_event;
    uint32_t reserved_b[15];

    ferryi_record record[FERRY_MAX_CONSUMERS];
} ferryi_consumers;

/* ---- geometry: a private, checked copy ---- */

typedef struct ferryi_geometry {
    uint32_t dialect;
    uint32_t slots;
    uint64_t slot_stride;
    uint64_t first_slot;
    uint64_t block_offset;
    uint64_t object_bytes;
} ferryi_geometry;

/* Where everything lies in a new native channel of slots of slot_bytes (header included). */
ferry_status ferryi_geometry_make(ferryi_geometry *out, uint32_t slots, uint64_t slot_bytes,
                                  ferry_error *error);

/* Where everything lies when the block is put behind what a dialect object of object_bytes has. */
void ferryi_geometry_make_dialect(ferryi_geometry *out, uint64_t object_bytes);

/* Writes block and trailer of a new object, all but state and generation; magic last. */
void ferryi_block_write(const ferryi_shm *frames, const ferryi_geometry *geometry);

/* Takes a private copy of the geometry in an object and checks it against the size of the mapping.
 * FERRY_FOREIGN: there is no trailer of ours. FERRY_WRONG_VERSION, FERRY_MALFORMED. */
ferry_status ferryi_geometry_read(ferryi_geometry *out, const ferryi_shm *frames,
                                  ferry_error *error);

/* Where everything lies when the block has to go into the last pages of a dialect object, because
 * that cannot be made longer: the pixels have that much less room. */
void ferryi_geometry_make_inside(ferryi_geometry *out, uint64_t object_bytes);

/* The key (shm.h) of a frames object that has a block. */
uint64_t ferryi_frames_key(const ferryi_shm *frames, const ferryi_geometry *geometry);

/* Marks block and trailer as vacant: for consumers the object has none, and is what the program
 * made that knows only the dialect; the next producer of ours finds their place again. */
void ferryi_trailer_vacate(const ferryi_shm *frames);

/* The offset of a vacant block, where the pixels' memory ends; the object's size when it has none.
 */
uint64_t ferryi_vacant_offset(const ferryi_shm *frames);

/* Whether the first and the last bytes of an object are those of a frames object that has a block,
 * or of a consumers object. */
bool ferryi_has_our_magic(const uint8_t first[8], const uint8_t last[8]);

/* Writes the consumers object of a generation. */
void ferryi_consumers_write(const ferryi_shm *consumers, uint64_t generation);

/* The generation that a consumers object is of. */
uint64_t ferryi_consumers_generation(const ferryi_shm *consumers);

/* FERRY_OK when the object is a consumers object of this generation; FERRY_NO_PRODUCER when it is
 * another generation's (the channel is changing hands), else as ferryi_geometry_read. */
ferry_status ferryi_consumers_check(const ferryi_shm *consumers, uint64_t generation,
                                    ferry_error *error);

uint64_t ferryi_consumers_bytes(void);

static inline ferryi_block *ferryi_block_at(const ferryi_shm *frames, const ferryi_geometry *g) {
    return (ferryi_block *)(void *)(frames->base + g->block_offset);
}

static inline uint64_t ferryi_slot_offset(const ferryi_geometry *g, uint32_t slot) {
    return g->first_slot + slot * g->slot_stride;
}

static inline ferryi_header *ferryi_header_at(const ferryi_shm *frames, const ferryi_geometry *g,
                                              uint32_t slot) {
    return (ferryi_header *)(void *)(frames->base + ferryi_slot_offset(g, slot));
}

static inline uint8_t *ferryi_pixels_at(const ferryi_shm *frames, const ferryi_geometry *g,
                                        uint32_t slot) {
    return frames->base + ferryi_slot_offset(g, slot) + FERRY_HEADER_BYTES;
}

/* Bytes of pixels that fit a slot. */
static inline uint64_t ferryi_slot_capacity(const ferryi_geometry *g) {
    return g->slot_stride - FERRY_HEADER_BYTES;
}

/* The ferry_full_policy that a block tells of its producer. */
static inline uint32_t ferryi_when_full(const ferryi_block *block) {
    /* Volatile: read once, so that what is looked at is what is answered. */
    switch (((const volatile ferryi_block *)block)->when_full) {
    case FERRYI_WHEN_FULL_WAIT: return FERRY_WHEN_FULL_WAIT;
    case FERRYI_WHEN_FULL_DROP: return FERRY_WHEN_FULL_DROP;
    default: return FERRY_WHEN_FULL_UNKNOWN;
    }
}

/* ---- entries ---- */

#define FERRYI_ENTRY_SLOT_BITS 8
#define FERRYI_FRAME_MAX (UINT64_MAX >> FERRYI_ENTRY_SLOT_BITS)

static inline uint64_t ferryi_entry_pack(uint64_t frame, uint32_t slot) {
    return frame << FERRYI_ENTRY_SLOT_BITS | slot;
}

static inline uint64_t ferryi_entry_frame(uint64_t entry) {
    return entry >> FERRYI_ENTRY_SLOT_BITS;
}

static inline uint32_t ferryi_entry_slot(uint64_t entry) {
    return (uint32_t)(entry & ((1u << FERRYI_ENTRY_SLOT_BITS) - 1));
}

/* ---- frames ---- */

/* Completes and checks the description of a frame that is to be sent: bit count, stride and length
 * are filled in where they are 0. FERRY_TOO_LARGE when it exceeds capacity_bytes. */
ferry_status ferryi_info_complete(ferry_frame_info *info, uint64_t capacity_bytes,
                                  ferry_error *error);

/* Takes a private copy of a slot's header and descriptor and checks that they agree with each other
 * and fit the slot. FERRY_MALFORMED otherwise; then out is not to be used. Fields without a known
 * meaning here (an unnamed format, an unknown matrix) are carried. */
ferry_status ferryi_info_read(ferry_frame_info *out, const ferryi_header *header,
                              const ferryi_descriptor *descriptor, uint64_t capacity_bytes);

/* Writes header and descriptor, without the atomics. */
void ferryi_info_write(const ferry_frame_info *info, ferryi_header *header,
                       ferryi_descriptor *descriptor);

/* The same in two parts, for a frame that is shown before it is whole. First the shape: what the
 * header has, format, stride and colours. Then, when it is whole, the rest: times, drops and
 * metadata. Who reads the shape does not touch what is still to be written. */
void ferryi_shape_write(const ferry_frame_info *info, ferryi_header *header,
                        ferryi_descriptor *descriptor);
void ferryi_rest_write(const ferry_frame_info *info, ferryi_descriptor *descriptor);

/* As ferryi_info_read; leaves the rest of out as it is. */
ferry_status ferryi_shape_read(ferry_frame_info *out, const ferryi_header *header,
                               const ferryi_descriptor *descriptor, uint64_t capacity_bytes);
/* Leaves the shape in out as it is. FERRY_MALFORMED when the metadata has no such length. */
ferry_status ferryi_rest_read(ferry_frame_info *out, const ferryi_descriptor *descriptor);

/* ---- names ---- */

/* Room for a channel's name with the longest prefix and suffix. */
#define FERRYI_NAME_BYTES (FERRY_NAME_MAX + 24)

/* The names of a channel's objects, from a name that may carry a Local\ or Global\ prefix: theirs
 * have it too, on a system that knows what it means. */
typedef struct ferryi_names {
    char frames[FERRYI_NAME_BYTES];
    char consumers[FERRYI_NAME_BYTES];
    char event[FERRYI_NAME_BYTES]; /* of the dialect */
} ferryi_names;

ferry_status ferryi_names_make(ferryi_names *out, const char *name, ferry_error *error);

#endif
