/* Guesses the format of a raw stream whose length is not a whole number of frames. */
#include <stdio.h>

#include "sources/source.h"

#define ALIGN_MAX 256u

/* Whether a stream of this length is a whole number of such frames. */
static bool is_whole(const stream_request *kind, uint64_t total_bytes) {
    ferry_layout layout;
    return raw_layout(&layout, kind) == FERRY_OK && total_bytes % layout.length_bytes == 0;
}

/* Bits of a pixel with which all frames would be whole; 0: there are none. */
static uint32_t guess_bits(const stream_request *request, uint64_t total_bytes) {
    stream_request other = {.width = request->width, .height = request->height};
    uint32_t bits = 0;
    for (size_t i = 0; (other.format = ferry_format_at(i)) != 0; i++)
        if (ferry_format_bit_count(other.format) > bits && is_whole(&other, total_bytes))
            bits = ferry_format_bit_count(other.format);
    return bits;
}

static bool guess_padding(char out[RAW_GUESS_BYTES], const stream_request *request,
                          uint64_t total_bytes) {
    stream_request padded = {
        .width = request->width, .height = request->height, .format = request->format};
    ferry_layout packed;
    if (raw_layout(&packed, &padded) != FERRY_OK)
        return false;
    for (uint32_t align = 4; align <= ALIGN_MAX; align *= 2) {
        padded.stride_bytes = (packed.planes[0].row_bytes + align - 1) / align * align;
        if (padded.stride_bytes != packed.planes[0].row_bytes && is_whole(&padded, total_bytes)) {
            snprintf(out, RAW_GUESS_BYTES, "stride=%u", (unsigned)padded.stride_bytes);
            return true;
        }
    }
    padded.stride_bytes = 0;
    padded.is_gstreamer = true;
    snprintf(out, RAW_GUESS_BYTES, "gstreamer");
    return is_whole(&padded, total_bytes);
}

void raw_guess(char out[RAW_GUESS_BYTES], const stream_request *request, uint64_t total_bytes) {
    char padding[RAW_GUESS_BYTES];
    const stream_request packed = {
        .width = request->width, .height = request->height, .format = request->format};
    bool says_padding = request->stride_bytes != 0 || request->is_gstreamer;
    bool is_padded = guess_padding(padding, request, total_bytes);
    uint32_t bits = guess_bits(request, total_bytes);
    out[0] = '\0';
    if (says_padding && is_whole(&packed, total_bytes))
        snprintf(out, RAW_GUESS_BYTES, " (without padding all frames would be whole)");
    else if (bits != 0 && is_padded)
        snprintf(out, RAW_GUESS_BYTES,
                 " (with %u bits a pixel all frames would be whole; are the rows padded? %.30s "
                 "would do too)",
                 (unsigned)bits, padding);
    else if (bits != 0)
        snprintf(out, RAW_GUESS_BYTES, " (with %u bits a pixel all frames would be whole)",
                 (unsigned)bits);
    else if (is_padded)
        snprintf(out, RAW_GUESS_BYTES, " (are the rows padded? %.30s would make all frames whole)",
                 padding);
}
