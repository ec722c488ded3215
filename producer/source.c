#include "source.h"

#include <stdio.h>
#include <stdlib.h>

/* A channel makes its slots of whole pages. */
#define PAGE_BYTES 4096u

static uint64_t whole_pages(uint64_t bytes) {
    return (bytes + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
}

bool source_reserve(ferry_image *into, size_t bytes) {
    if (bytes <= into->capacity_bytes)
        return true;
    uint8_t *grown = realloc(into->pixels, bytes);
    if (grown == NULL)
        return false;
    into->pixels = grown;
    into->capacity_bytes = bytes;
    return true;
}

bool source_fits(const char *label, const ferry_frame_info *info, uint64_t slot_bytes,
                 uint32_t dialect, ferry_error *error) {
    uint64_t needed_bytes = whole_pages((uint64_t)info->length_bytes + FERRY_HEADER_BYTES);
    if (needed_bytes <= whole_pages(slot_bytes))
        return true;
    char advice[80];
    if (dialect == FERRY_DIALECT_BASEIMAGE)
        snprintf(advice, sizeof advice, "the one slot of the baseimage dialect has a fixed size");
    else
        snprintf(advice, sizeof advice, "--capacity %llu would do",
                 (unsigned long long)needed_bytes);
    *error = (ferry_error){.status = FERRY_TOO_LARGE};
    snprintf(error->message, sizeof error->message,
             "%s: %d x %d pixels take %lu bytes and a slot has room for %llu: %s", label,
             (int)info->width, (int)info->height, (unsigned long)info->length_bytes,
             (unsigned long long)(whole_pages(slot_bytes) - FERRY_HEADER_BYTES), advice);
    return false;
}
