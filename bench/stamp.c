#include "stamp.h"

#include <string.h>

enum { PLACES = 16, STAMP_BYTES = sizeof(uint64_t) };

static uint32_t places_in(uint32_t length_bytes) {
    uint32_t fit = length_bytes / STAMP_BYTES;
    return fit < PLACES ? fit : PLACES;
}

/* The first is at the beginning, the last ends with the picture. */
static uint32_t offset_of(uint32_t place, uint32_t places, uint32_t length_bytes) {
    if (places < 2)
        return 0;
    return (uint32_t)((uint64_t)(length_bytes - STAMP_BYTES) * place / (places - 1));
}

void stamp_write(uint8_t *pixels, uint32_t length_bytes, uint64_t number) {
    uint32_t places = places_in(length_bytes);
    for (uint32_t i = 0; i < places; i++)
        memcpy(pixels + offset_of(i, places, length_bytes), &number, sizeof number);
}

bool stamp_read(const uint8_t *pixels, uint32_t length_bytes, uint64_t *number) {
    uint32_t places = places_in(length_bytes);
    bool whole = true;
    *number = 0;
    for (uint32_t i = 0; i < places; i++) {
        uint64_t found;
        memcpy(&found, pixels + offset_of(i, places, length_bytes), sizeof found);
        whole = whole && (i == 0 || found == *number);
        *number = found > *number ? found : *number;
    }
    return whole;
}

uint64_t stamp_sum(const uint8_t *pixels, uint32_t length_bytes) {
    uint64_t sum = 0;
    for (uint32_t at = 0; at + sizeof sum <= length_bytes; at += (uint32_t)sizeof sum) {
        uint64_t word;
        memcpy(&word, pixels + at, sizeof word);
        sum += word;
    }
    return sum;
}
