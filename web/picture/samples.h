/* Where the values of a pixel lie, for every format that has pixels. Any thread; no state. */
#ifndef WEB_PICTURE_SAMPLES_H
#define WEB_PICTURE_SAMPLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <frameferry/frame.h>

enum { SAMPLES_COMPONENTS_MAX = 4 };

typedef enum samples_kind {
    SAMPLES_BYTE,
    SAMPLES_WORD, /* of 16 bits; a value is all of them or a part */
    SAMPLES_FLOAT /* IEEE 754, of 32 bits */
} samples_kind;

typedef struct samples_component {
    const char *name;           /* "R", "gray" */
    uint8_t bits;               /* of a value; 32: a float */
    uint8_t plane, first, step; /* bytes from a row's begin to the first, and to the next one */
    uint8_t shift_x, shift_y;   /* 2^shift pixels share one */
    uint8_t shift;              /* of a word: (word >> shift) & mask is the value */
    uint16_t mask;
} samples_component;

typedef struct samples {
    uint32_t format;
    samples_kind kind;
    uint8_t bits; /* the most of any component */
    uint8_t count;
    samples_component component[SAMPLES_COMPONENTS_MAX];
    const char *colors; /* Bayer: the letters of four pixels, the first row's two first; or NULL */
} samples;

/* NULL for a compressed format, a text, and a format without a name. Static storage. */
const samples *samples_find(uint32_t format);

/* Finds a picture's samples and planes, whose length is compared with what info says. Returns
 * FERRY_OK; FERRY_NOT_SUPPORTED and FERRY_INVALID_ARGUMENT with a sentence. */
ferry_status samples_place(const ferry_frame_info *info, const samples **out, ferry_layout *layout,
                           ferry_error *error);

/* The letter of the one color that a pixel of Bayer has: R, G or B; otherwise 0. */
char samples_color_at(const samples *s, int32_t x, int32_t y);

/* Whether a component says how light a pixel is: not alpha, and no chroma. */
bool samples_is_light(const samples_component *c);

/* The most that a component's values can be; 1 for a float, where that is white. */
double samples_most(const samples *s, const samples_component *c);

static inline uint32_t samples_word(const uint8_t *at) {
    return (uint32_t)at[0] | (uint32_t)at[1] << 8;
}

static inline uint32_t samples_float_bits(const uint8_t *at) {
    return samples_word(at) | samples_word(at + 2) << 16;
}

static inline float samples_float(const uint8_t *at) {
    uint32_t bits = samples_float_bits(at);
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* How many of a component's samples a row of so many pixels has. */
static inline size_t samples_in_row(const samples_component *c, int32_t width) {
    return ((size_t)width + ((size_t)1 << c->shift_x) - 1) >> c->shift_x;
}

#endif
