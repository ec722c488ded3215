/* Frames that tell by themselves whether they are whole: each has its number in three places, words
 * that follow from its number and its producer's seed, and a sum at the end. No frame is like any
 * other, also not that of the same number from another producer. Beside them, in the metadata, is
 * how many frames the producer itself had seen dropped when it made this one. */
#ifndef FERRY_STRESS_PICTURE_H
#define FERRY_STRESS_PICTURE_H

#include <frameferry/frameferry.h>
#include <string.h>

typedef struct picture_tag {
    uint64_t seed;
    uint64_t number;
    uint64_t dropped;
} picture_tag;

/* The size changes from frame to frame; rows are whole words. */
static inline ferry_frame_info picture_info(picture_tag tag) {
    ferry_frame_info info = {.width = (int32_t)(64 + 8 * (tag.number % 13)),
                             .height = (int32_t)(24 + tag.number % 7),
                             .format = FERRY_FORMAT_GRAY,
                             .metadata_bytes = sizeof tag};
    memcpy(info.metadata, &tag, sizeof tag);
    return info;
}

static inline size_t picture_words(const ferry_frame_info *info) {
    return (size_t)info->width * (size_t)info->height / sizeof(uint64_t);
}

static inline uint64_t picture_mix(uint64_t value) {
    value = (value ^ value >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    value = (value ^ value >> 27) * UINT64_C(0x94d049bb133111eb);
    return value ^ value >> 31;
}

/* The word at a place of a picture of so many words, without the sum. */
static inline uint64_t picture_word(picture_tag tag, size_t at, size_t words) {
    if (at == 0 || at == words / 2 || at == words - 2)
        return tag.number;
    return picture_mix(tag.seed ^ picture_mix(tag.number) ^ at);
}

static inline uint64_t picture_sum(uint64_t sum, uint64_t word) {
    return (sum ^ word) * UINT64_C(0x100000001b3);
}

/* Words from one place to another; the last one of all is the sum, which *sum carries along. */
static inline void picture_fill(uint8_t *pixels, picture_tag tag, size_t from, size_t to,
                                size_t words, uint64_t *sum) {
    for (size_t i = from; i < to; i++) {
        uint64_t word = i == words - 1 ? *sum : picture_word(tag, i, words);
        *sum = picture_sum(*sum, word);
        memcpy(pixels + i * sizeof word, &word, sizeof word);
    }
}

/* Whether a received frame is whole; its tag goes to *out. */
static inline bool picture_is_whole(const ferry_frame_info *info, const uint8_t *pixels,
                                    picture_tag *out) {
    if (info->metadata_bytes != sizeof *out)
        return false;
    memcpy(out, info->metadata, sizeof *out);
    ferry_frame_info expected = picture_info(*out);
    if (out->number != info->number || info->width != expected.width ||
        info->height != expected.height || info->format != expected.format)
        return false;
    size_t words = picture_words(info);
    uint64_t sum = 0;
    for (size_t i = 0; i < words; i++) {
        uint64_t word, wanted = i == words - 1 ? sum : picture_word(*out, i, words);
        memcpy(&word, pixels + i * sizeof word, sizeof word);
        if (word != wanted)
            return false;
        sum = picture_sum(sum, word);
    }
    return true;
}

#endif
