#include "sources/source.h"

#include <stdio.h>
#include <stdlib.h>

#include "host/inside.h"

/* A channel rounds its slots up to whole pages. */
#define PAGE_BYTES 4096u

static uint64_t whole_pages(uint64_t bytes) {
    return (bytes + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
}

source source_like(const source *from) {
    return (source){.live = from->live,
                    .is_piped = from->is_piped,
                    .is_still = from->is_still,
                    .rate = from->rate,
                    .slot_bytes = from->slot_bytes};
}

typedef struct still {
    source base;
    source *from;
    const uint8_t *made; /* the pixels with the picture; NULL: there are none yet */
} still;

static bool still_next(source *self, ferry_image *into) {
    still *s = (still *)self;
    if (s->made != NULL && s->made == into->pixels)
        return true;
    bool made = s->from->next(s->from, into);
    s->made = made ? into->pixels : NULL;
    s->base.is_broken = s->from->is_broken;
    return made;
}

static void still_close(source *self) {
    still *s = (still *)self;
    s->from->close(s->from);
    free(s);
}

source *source_keep_still(source *from) {
    still *s = calloc(1, sizeof *s);
    if (s == NULL) {
        from->close(from);
        return NULL;
    }
    s->base = source_like(from);
    s->base.next = still_next;
    s->base.close = still_close;
    s->from = from;
    return &s->base;
}

uint64_t source_needs(const ferry_frame_info *info) {
    return (uint64_t)info->length_bytes + FERRY_HEADER_BYTES;
}

ferry_status source_check_size(const char *label, const ferry_frame_info *info, uint64_t slot_bytes,
                               uint32_t dialect, ferry_error *error) {
    uint64_t needed_bytes = whole_pages(source_needs(info));
    if (needed_bytes <= whole_pages(slot_bytes))
        return FERRY_OK;
    char advice[80];
    if (dialect == FERRY_DIALECT_BASEIMAGE)
        snprintf(advice, sizeof advice, "the one slot of the baseimage dialect has a fixed size");
    else
        snprintf(advice, sizeof advice, "use --capacity %llu", (unsigned long long)needed_bytes);
    return ferryi_fail(error, FERRY_TOO_LARGE, 0,
                       "%.300s: %d x %d pixels take %lu bytes and a slot has room for %llu: %s",
                       label, (int)info->width, (int)info->height,
                       (unsigned long)info->length_bytes,
                       (unsigned long long)(whole_pages(slot_bytes) - FERRY_HEADER_BYTES), advice);
}
