#include "picture/count.h"

/* ---- whole numbers ---- */

/* Values of a row in a picture's lattice: every step bytes, beginning at first. */
typedef struct run {
    const uint8_t *first;
    size_t step, count;
} run;

/* Four tables in turn: neighbors are often the same value, and a processor would wait for the first
 * sum before it can add to it again. */
static void count_bytes(run r, uint32_t tables[4][256]) {
    size_t i = 0;
    const uint8_t *at = r.first;
    for (; i + 4 <= r.count; i += 4, at += 4 * r.step) {
        tables[0][at[0]]++;
        tables[1][at[r.step]]++;
        tables[2][at[2 * r.step]]++;
        tables[3][at[3 * r.step]]++;
    }
    for (; i < r.count; i++, at += r.step)
        tables[0][*at]++;
}

static void count_words(run r, const samples_component *c, uint32_t *counts) {
    for (size_t i = 0; i < r.count; i++)
        counts[samples_word(r.first + i * r.step) >> c->shift & c->mask]++;
}

/* Every rows_apart-th row of a component, from the first on, and every columns_apart-th value. */
typedef struct lattice {
    const samples_component *component;
    size_t x, y, columns_apart, rows_apart;
} lattice;

static void count_lattice(const count_picture *p, const lattice *l, uint32_t *counts) {
    const samples_component *c = l->component;
    const ferry_plane *plane = &p->layout.planes[c->plane];
    const size_t in_row = samples_in_row(c, p->info->width);
    uint32_t tables[4][256] = {{0}};
    if (l->x >= in_row)
        return;
    run r = {.step = c->step * l->columns_apart,
             .count = (in_row - l->x + l->columns_apart - 1) / l->columns_apart};
    for (size_t y = l->y; y < plane->rows; y += l->rows_apart) {
        r.first =
            p->pixels + plane->offset_bytes + y * plane->stride_bytes + c->first + l->x * c->step;
        if (p->samples->kind == SAMPLES_BYTE)
            count_bytes(r, tables);
        else
            count_words(r, c, counts);
    }
    if (p->samples->kind == SAMPLES_BYTE)
        for (size_t value = 0; value < 256; value++)
            counts[value] +=
                tables[0][value] + tables[1][value] + tables[2][value] + tables[3][value];
}

static size_t component_of_color(char color) {
    return color == 'R' ? 0 : color == 'G' ? 1 : 2;
}

void count_values(const count_picture *picture, uint32_t *counts, size_t length) {
    const samples *s = picture->samples;
    if (s->colors == NULL) {
        for (size_t i = 0; i < s->count; i++) {
            const lattice whole = {&s->component[i], 0, 0, 1, 1};
            count_lattice(picture, &whole, counts + i * length);
        }
        return;
    }
    for (size_t i = 0; i < 4; i++) {
        const lattice color = {&s->component[0], i % 2, i / 2, 2, 2};
        count_lattice(picture, &color, counts + component_of_color(s->colors[i]) * length);
    }
}

/* ---- floats ---- */

enum { LAST_FINITE_EXPONENT = 0xfe };

static bool is_finite(uint32_t bits) {
    return (bits >> 23 & 0xff) <= LAST_FINITE_EXPONENT;
}

/* The bits of positive numbers grow with them; those of negative ones shrink. */
static uint32_t key_of(uint32_t bits) {
    return bits >> 31 ? ~bits : bits | UINT32_C(1) << 31;
}

static float number_of_key(uint32_t key) {
    uint32_t bits = key >> 31 ? key & ~(UINT32_C(1) << 31) : ~key;
    float number;
    memcpy(&number, &bits, sizeof number);
    return number;
}

static const uint8_t *float_row(const count_picture *p, size_t y) {
    const ferry_plane *plane = &p->layout.planes[0];
    return p->pixels + plane->offset_bytes + y * plane->stride_bytes;
}

count_ends count_upper_halves(const count_picture *picture, uint32_t *counts) {
    uint32_t least = UINT32_MAX, most = 0;
    count_ends ends = {0};
    for (size_t y = 0; y < picture->layout.planes[0].rows; y++) {
        const uint8_t *at = float_row(picture, y);
        for (int32_t x = 0; x < picture->info->width; x++, at += 4) {
            uint32_t bits = samples_float_bits(at);
            if (!is_finite(bits))
                continue;
            uint32_t key = key_of(bits);
            least = key < least ? key : least;
            most = key > most ? key : most;
            counts[key >> 16]++;
            ends.count++;
        }
    }
    if (ends.count > 0) {
        ends.min = number_of_key(least);
        ends.max = number_of_key(most);
    }
    return ends;
}

void count_find_half(count_rank *r, const uint32_t *counts, size_t length) {
    size_t upper = 0;
    while (upper + 1 < length && r->rank > counts[upper])
        r->rank -= counts[upper++];
    r->upper = (uint32_t)upper;
}

static size_t bin_of(double offset, double scale, uint32_t bin_count) {
    double bin = offset * scale;
    /* No comparison is true of what a picture that has changed may make of it. */
    return bin >= bin_count ? bin_count - 1 : bin > 0 ? (size_t)bin : 0;
}

void count_lower_halves(const count_picture *picture, const count_rank ranks[2], double from,
                        double to, uint32_t *bins, uint32_t bin_count) {
    const double scale = to > from ? bin_count / (to - from) : 0;
    for (size_t y = 0; y < picture->layout.planes[0].rows; y++) {
        const uint8_t *at = float_row(picture, y);
        for (int32_t x = 0; x < picture->info->width; x++, at += 4) {
            uint32_t bits = samples_float_bits(at);
            if (!is_finite(bits))
                continue;
            uint32_t key = key_of(bits);
            for (size_t i = 0; i < 2; i++)
                if (key >> 16 == ranks[i].upper)
                    ranks[i].counts[key & 0xffff]++;
            bins[bin_of((double)number_of_key(key) - from, scale, bin_count)]++;
        }
    }
}

double count_number(const count_rank *r, double otherwise) {
    uint64_t below = 0;
    for (uint32_t lower = 0; lower < 65536; lower++) {
        below += r->counts[lower];
        if (below >= r->rank)
            return number_of_key(r->upper << 16 | lower);
    }
    return otherwise;
}
