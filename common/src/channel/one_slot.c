/* The letters name ordered accesses and their partners; docs/memory-model.md has the table. */
#include "channel/one_slot.h"

#include "channel/counting.h"
#include "channel/info.h"
#include "platform/fault_point.h"

/* One slot: a copy counts only if frame, filling and producer were the same before and after. */
ferry_status ferryi_one_slot_copy(ferry_consumer *c, void *target) {
    ferry_image *image = target;
    const ferryi_descriptor *descriptor = &c->block->descriptor[0];
    /* H2 pairs with H1 in publish.c. */
    uint64_t number = atomic_load_explicit(&descriptor->frame, memory_order_acquire);
    if (number == 0 || number == c->last)
        return FERRY_TIMEOUT; /* being written, or seen: its event will come */
    uint64_t fills = atomic_load_explicit(&descriptor->fills, memory_order_acquire);
    ferry_frame_info info = {.number = number};
    ferry_status status =
        ferryi_info_read(&info, ferryi_geometry_header(&c->frames, &c->geometry, 0), descriptor,
                         ferryi_geometry_slot_capacity(&c->geometry));
    if (status == FERRY_OK) {
        status = ferry_image_reserve(image, info.length_bytes);
        if (status != FERRY_OK)
            return status;
        ferryi_copier_copy(&c->copier, image->pixels,
                           ferryi_geometry_pixels(&c->frames, &c->geometry, 0), info.length_bytes);
    }
    FERRYI_FAULT("copy.copied");
    atomic_thread_fence(memory_order_acquire); /* F2 pairs with F1 in slots.c. */
    bool same = atomic_load_explicit(&descriptor->fills, memory_order_relaxed) == fills &&
                atomic_load_explicit(&descriptor->frame, memory_order_relaxed) == number;
    /* D2 pairs with D1 in objects.c: if one of the two is a new producer's, so is generation. */
    atomic_thread_fence(memory_order_acquire);
    if (atomic_load_explicit(&c->block->generation, memory_order_relaxed) != c->generation)
        return FERRY_PRODUCER_LOST;
    if (!same)
        return FERRY_OVERTAKEN;
    if (number < c->last || number > FERRYI_FRAME_MAX || status != FERRY_OK ||
        atomic_load_explicit(&c->lost, memory_order_relaxed))
        return FERRY_MALFORMED;
    image->info = info;
    image->skipped = ferryi_counting_received(c, number);
    image->generation = c->generation;
    atomic_store_explicit(&c->dropped, info.dropped, memory_order_relaxed); /* a figure */
    return FERRY_OK;
}
