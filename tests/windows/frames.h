/* The frames that the programs in this folder send each other: what frame number n is, follows from
 * n alone, so that whoever gets one can tell whether it is what was sent, to the last byte. */
#ifndef WINDOWS_FRAMES_H
#define WINDOWS_FRAMES_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* What a program of the BaseImage kind has in front of the pixels. */
typedef struct frame_header {
    int32_t length, width, height, bit_count;
} frame_header;

/* The mapping's size in such programs. */
#define FRAMES_MAPPING_BYTES (2048 * 4096 * 4)

/* Says "that is all"; the first frame is 1. */
#define FRAMES_END 0u

/* Rows without padding, or of whole words as in a device-independent bitmap. */
static inline frame_header frames_sized(int32_t width, int32_t height, int32_t bits, bool padded) {
    int32_t stride = width * (bits / 8);
    if (padded)
        stride = (stride + 3) / 4 * 4;
    return (frame_header){stride * height, width, height, bits};
}

/* Every frame has another size, bit count and kind of rows than the one before. */
static inline frame_header frames_changing(uint32_t number) {
    return frames_sized((int32_t)(16 + number * 37 % 301), (int32_t)(8 + number * 53 % 149),
                        (int32_t)(8 * (1 + number % 4)), number / 4 % 2 == 1);
}

/* One word of a frame. The first one is the frame's number. */
static inline uint32_t frames_word(uint32_t number, uint32_t place) {
    return number + place * (number * 0x9e3779b1u + 0x85ebca6bu);
}

static inline void frames_paint(uint8_t *pixels, int32_t length, uint32_t number) {
    uint32_t words = (uint32_t)length / 4;
    for (uint32_t i = 0; i < words; i++) {
        uint32_t word = frames_word(number, i);
        memcpy(pixels + 4 * (size_t)i, &word, 4);
    }
    uint32_t rest = frames_word(number, words);
    memcpy(pixels + 4 * (size_t)words, &rest, (size_t)length % 4);
}

/* Whether these are the pixels of one frame, and of which. */
static inline bool frames_are_whole(const uint8_t *pixels, int32_t length, uint32_t *number) {
    uint32_t words = (uint32_t)length / 4, difference = 0, word;
    memcpy(number, pixels, 4);
    for (uint32_t i = 0; i < words; i++) {
        memcpy(&word, pixels + 4 * (size_t)i, 4);
        difference |= word ^ frames_word(*number, i);
    }
    word = frames_word(*number, words);
    return difference == 0 && memcmp(pixels + 4 * (size_t)words, &word, (size_t)length % 4) == 0;
}

#endif
