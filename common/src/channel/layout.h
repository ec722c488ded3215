/* The layout of shared memory: two objects for each channel. docs/layout.md has the picture.
 *
 * All integers are little-endian and of fixed width; there are no pointers, enums or bools. Each
 * cache line has one writer and one purpose. Nothing here may change without a new
 * FERRY_LAYOUT_VERSION, but for this: a reserved field may be given a meaning if 0, which older
 * programs leave there, says nothing.
 *
 * Nothing that a peer can write is believed: geometry is checked once against the size of the own
 * mapping and then used from a private copy (geometry.h); header and descriptor of a frame
 * likewise (info.h). */
#ifndef FERRYI_CHANNEL_LAYOUT_H
#define FERRYI_CHANNEL_LAYOUT_H

#include <frameferry/channel.h>
#include <frameferry/frame.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "platform/shm.h"

#define FERRYI_CACHE_LINE 64

/* Objects, slots and the block begin on a page. */
static inline uint64_t ferryi_layout_whole_pages(uint64_t bytes) {
    return (bytes + FERRYI_SHM_PAGE - 1) & ~(uint64_t)(FERRYI_SHM_PAGE - 1);
}

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

/* The part of a frame's description that does not fit the header. Producer writes. */
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

    /* From here on plain memory, written between "fills raised" and "frame stored" only. First the
     * shape, which of a frame that is shown early is written before it is shown: two lines. */
    uint32_t format;
    uint32_t stride_bytes;
    uint32_t length_bytes;
    uint32_t bit_count;
    int32_t width;
    int32_t height;
    uint32_t color_matrix;
    uint32_t color_range;
    uint32_t color_primaries;
    uint32_t color_transfer;
    uint32_t chroma_site;
    uint32_t field_order;
    uint32_t frame_rate_num;
    uint32_t frame_rate_den;
    uint32_t pixel_aspect_num;
    uint32_t pixel_aspect_den;

    uint32_t plane_count; /* 0: the planes follow from stride_bytes; else how many of the next are
                             set */
    uint32_t plane_offset[FERRY_PLANES_MAX];
    uint32_t plane_stride[FERRY_PLANES_MAX];
    uint32_t reserved_b[7];

    /* The rest, written when the frame is whole. */
    uint64_t capture_ns;
    uint64_t publish_ns;
    uint64_t dropped;
    uint64_t exposure_ns;
    uint64_t sequence;
    uint32_t flags; /* a combination of ferry_frame_flag */
    uint32_t metadata_bytes;
    uint64_t reserved_c[2];

    uint8_t metadata[FERRY_METADATA_MAX];
} ferryi_descriptor;

/* States of a producer, in ferryi_block.state. */
enum {
    FERRYI_STATE_STARTING = 0, /* dialect: a new producer is setting up an object that was there */
    FERRYI_STATE_RUNNING = 1,
    FERRYI_STATE_ENDED = 2 /* closed; what was published can still be read */
};

/* How many a ferry_dialect can be, as it stands in ferryi_block.dialect. */
enum { FERRYI_DIALECT_COUNT = 2 };

/* Bits of ferryi_block.made: what the producers of this channel made, and may hence remove. */
enum { FERRYI_MADE_OBJECT = 1, FERRYI_MADE_EVENT = 2 };

/* ferryi_block.when_full: a ferry_full_policy, counted from 1; others are unknown. */
enum { FERRYI_WHEN_FULL_WAIT = 1, FERRYI_WHEN_FULL_DROP = 2 };

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
    uint32_t made;      /* FERRYI_MADE_..., read when a dead producer is cleared away */
    uint32_t when_full; /* FERRYI_WHEN_FULL_..., for consumers that attach */
    uint32_t max_held;  /* frames that a consumer may have in hand at once; in the dialect 0 */
    uint32_t reserved_a[2];

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

    /* Line 3: frames given up, in all; and what to add to a time of the monotonic clock to have
     * nanoseconds since 1970, which changes when somebody sets the clock. */
    _Atomic(uint64_t) dropped;
    _Atomic(int64_t) wall_offset_ns;
    uint64_t reserved_d[6];

    /* Line 4: the producer. Constant for the life of a generation, as are the next two lines. */
    uint64_t start_ns; /* when it made the channel, on the monotonic clock */
    uint32_t process_id;
    uint32_t reserved_e[13];

    /* Lines 5 and 6: its name and its user, with a zero at the end. */
    char producer_name[FERRY_PRODUCER_NAME_MAX + 1];
    char producer_user[FERRY_PRODUCER_NAME_MAX + 1];

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

enum {
    FERRYI_RECORD_FREE = 0,
    FERRYI_RECORD_TAKEN = 1,
    FERRYI_RECORD_LEFT = 2 /* takes no more frames, and gives back those that it has in hand */
};

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
    _Atomic(uint64_t) joined_ns; /* when it attached, on the monotonic clock */
    uint64_t reserved_d[3];

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

#endif
