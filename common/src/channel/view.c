/* The letters name ordered accesses and their partners; docs/memory-model.md has the table, and
 * says under F why a copy that the system makes counts as a read. The copies in view->block are
 * private: loads from there order nothing. */
#include "channel/view.h"

#include <stdlib.h>
#include <string.h>

#include "channel/damage.h"
#include "channel/info.h"
#include "support/error.h"

static ferry_status read_constants(ferryi_view *v, ferry_error *error) {
    ferryi_trailer trailer = {0};
    uint64_t bytes = v->frames.shm.size_bytes, block_offset;
    if (!ferryi_glance_read(&v->frames, bytes - sizeof trailer, &trailer, sizeof trailer))
        return ferryi_damage_value("its end", error);
    if (ferryi_geometry_has_magic(trailer.magic))
        v->version = trailer.layout_version;
    ferry_status status = ferryi_geometry_find_block(&block_offset, &trailer, bytes, error);
    if (status != FERRY_OK)
        return status;
    v->block = calloc(1, sizeof *v->block);
    if (v->block == NULL)
        return ferryi_fail(error, FERRY_NO_MEMORY, 0, "out of memory");
    if (!ferryi_glance_read(&v->frames, block_offset, v->block, offsetof(ferryi_block, descriptor)))
        return ferryi_damage_value("block", error);
    status = ferryi_geometry_check(&v->geometry, v->block, block_offset, bytes, error);
    if (status == FERRY_OK && v->geometry.dialect == FERRY_DIALECT_NATIVE)
        v->frames.shm.key = atomic_load_explicit(&v->block->generation, memory_order_relaxed);
    return status;
}

ferry_status ferryi_view_open(ferryi_view *out, const char *name, ferry_error *error) {
    *out = (ferryi_view)FERRYI_VIEW_INIT;
    ferry_status status = ferryi_glance_open(&out->frames, name, error);
    return status == FERRY_OK ? read_constants(out, error) : status;
}

void ferryi_view_close(ferryi_view *view) {
    ferryi_glance_close(&view->frames);
    free(view->block);
    view->block = NULL;
}

/* Renews a part of the copy. */
static ferry_status renew(ferryi_view *v, size_t offset, size_t bytes) {
    return ferryi_glance_read(&v->frames, v->geometry.block_offset + offset,
                              (uint8_t *)v->block + offset, bytes)
               ? FERRY_OK
               : FERRY_MALFORMED;
}

static size_t descriptor_at(uint32_t slot) {
    return offsetof(ferryi_block, descriptor) + slot * sizeof(ferryi_descriptor);
}

ferry_status ferryi_view_read_slots(ferryi_view *view) {
    return renew(view, descriptor_at(0), view->geometry.slots * sizeof(ferryi_descriptor));
}

/* The slot of the newest frame, by the block alone, and the frame's number; 0: look in the slot. */
static ferry_status find_slot(ferryi_view *v, uint32_t *slot, uint64_t *number) {
    ferry_status status = renew(v, 0, offsetof(ferryi_block, descriptor));
    if (status != FERRY_OK)
        return status;
    const ferryi_block *block = v->block;
    *slot = 0;
    *number = 0;
    uint64_t head = atomic_load_explicit(&block->head, memory_order_relaxed);
    if (head == 0)
        return FERRY_TIMEOUT;
    if (head > FERRYI_FRAME_MAX)
        return FERRY_MALFORMED;
    if (ferryi_geometry_has_one_slot(&v->geometry))
        return FERRY_OK;
    uint64_t entry =
        atomic_load_explicit(&block->entry[head % FERRYI_ENTRIES], memory_order_relaxed);
    *slot = ferryi_entry_slot(entry);
    *number = head;
    /* Head and entry come in one copy, which may have found either first. */
    if (ferryi_entry_frame(entry) != head)
        return FERRY_OVERTAKEN;
    return *slot < v->geometry.slots ? FERRY_OK : FERRY_MALFORMED;
}

ferry_status ferryi_view_find_newest(ferryi_view *view, ferryi_newest *out) {
    uint64_t number;
    ferry_status status = find_slot(view, &out->slot, &number);
    if (status != FERRY_OK)
        return status;
    const ferryi_descriptor *descriptor = &view->block->descriptor[out->slot];
    out->generation = atomic_load_explicit(&view->block->generation, memory_order_relaxed);
    status = renew(view, descriptor_at(out->slot), offsetof(ferryi_descriptor, format));
    if (status != FERRY_OK)
        return status;
    /* H2 pairs with H1 in publish.c: what is copied from here on is the frame's, or later. */
    atomic_thread_fence(memory_order_acquire);
    out->info = (ferry_frame_info){
        .number = atomic_load_explicit(&descriptor->frame, memory_order_relaxed)};
    out->fills = atomic_load_explicit(&descriptor->fills, memory_order_relaxed);
    if (out->info.number == 0 && number == 0)
        return FERRY_TIMEOUT;
    if (number != 0 && out->info.number != number)
        return FERRY_OVERTAKEN;
    ferryi_header header;
    status = renew(view, descriptor_at(out->slot) + offsetof(ferryi_descriptor, format),
                   sizeof *descriptor - offsetof(ferryi_descriptor, format));
    if (status != FERRY_OK ||
        !ferryi_glance_read(&view->frames, ferryi_geometry_slot_offset(&view->geometry, out->slot),
                            &header, sizeof header))
        return FERRY_MALFORMED;
    out->is_possible = ferryi_info_read(&out->info, &header, descriptor,
                                        ferryi_geometry_slot_capacity(&view->geometry)) == FERRY_OK;
    return FERRY_OK;
}

ferry_status ferryi_view_read_pixels(const ferryi_view *view, const ferryi_newest *frame,
                                     uint8_t *out) {
    uint64_t offset =
        ferryi_geometry_slot_offset(&view->geometry, frame->slot) + FERRY_HEADER_BYTES;
    return ferryi_glance_read(&view->frames, offset, out, frame->info.length_bytes)
               ? FERRY_OK
               : FERRY_MALFORMED;
}

ferry_status ferryi_view_confirm(ferryi_view *view, const ferryi_newest *frame) {
    const ferryi_descriptor *descriptor = &view->block->descriptor[frame->slot];
    atomic_thread_fence(memory_order_acquire); /* F2 pairs with F1 in slots.c. */
    ferry_status status =
        renew(view, descriptor_at(frame->slot), offsetof(ferryi_descriptor, format));
    if (status != FERRY_OK)
        return status;
    /* D2 pairs with D1 in objects.c: if a new producer has written in the one slot, generation is
     * its own. */
    atomic_thread_fence(memory_order_acquire);
    status = renew(view, 0, offsetof(ferryi_block, entry));
    if (status != FERRY_OK)
        return status;
    bool is_same =
        atomic_load_explicit(&descriptor->frame, memory_order_relaxed) == frame->info.number &&
        atomic_load_explicit(&descriptor->fills, memory_order_relaxed) == frame->fills &&
        atomic_load_explicit(&view->block->generation, memory_order_relaxed) == frame->generation;
    return is_same ? FERRY_OK : FERRY_OVERTAKEN;
}
