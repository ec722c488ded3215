#include "support/copy.h"

#include <stdint.h>
#include <string.h>

void ferryi_copy(void *to, const void *from, size_t bytes) {
    if (bytes < FERRYI_LARGE_COPY_BYTES)
        ferryi_copy_through_cache(to, from, bytes);
    else
        ferryi_copy_past_cache(to, from, bytes);
}

void ferryi_copy_through_cache(void *to, const void *from, size_t bytes) {
    memcpy(to, from, bytes);
}

#if defined(__SSE2__)
#include <emmintrin.h>

enum { LINE_BYTES = 64, PART_BYTES = 16 };

/* A line of the cache is written as a whole: else it would have to be read first. */
static void copy_line(uint8_t *to, const uint8_t *from) {
    __m128i part[LINE_BYTES / PART_BYTES];
    memcpy(part, from, sizeof part);
    for (int i = 0; i < LINE_BYTES / PART_BYTES; i++)
        _mm_stream_si128((__m128i *)(void *)(to + i * PART_BYTES), part[i]);
}

void ferryi_copy_past_cache(void *to, const void *from, size_t bytes) {
    uint8_t *target = to;
    const uint8_t *source = from;
    size_t head = (LINE_BYTES - (uintptr_t)target % LINE_BYTES) % LINE_BYTES;
    head = head < bytes ? head : bytes;
    memcpy(target, source, head);
    _mm_sfence();
    size_t at = head;
    for (; bytes - at >= LINE_BYTES; at += LINE_BYTES)
        copy_line(target + at, source + at);
    memcpy(target + at, source + at, bytes - at);
    _mm_sfence();
}

#else

void ferryi_copy_past_cache(void *to, const void *from, size_t bytes) {
    memcpy(to, from, bytes);
}

#endif
