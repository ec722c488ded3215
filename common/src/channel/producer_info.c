#include "channel/producer_info.h"

#include "support/utf8.h"

/* Volatile: the dialect's next producer may be writing. Half of each name harms nobody. */
static void read_text(char out[FERRY_PRODUCER_NAME_MAX + 1], const volatile char *text) {
    for (size_t i = 0; i < FERRY_PRODUCER_NAME_MAX; i++)
        out[i] = text[i];
    out[FERRY_PRODUCER_NAME_MAX] = '\0';
    ferryi_utf8_keep_printable(out);
}

void ferryi_producer_info_read(ferry_producer_info *out, const ferryi_block *block) {
    const volatile ferryi_block *b = block;
    *out = (ferry_producer_info){
        .process_id = b->process_id,
        .max_held = b->max_held,
        .start_ns = b->start_ns,
        /* Relaxed: a figure. */
        .wall_offset_ns = atomic_load_explicit(&block->wall_offset_ns, memory_order_relaxed),
    };
    read_text(out->name, b->producer_name);
    read_text(out->user, b->producer_user);
}
