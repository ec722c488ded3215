/* Histograms of every format, against values that are read one by one and sorted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "picture/histogram.h"
#include "picture/values.h"
#include "web_pictures.h"

#include <float.h>
#include <math.h>

static ferry_error error;
static const histogram_plan usual = {256, 1, 999};

static void make(const frame_in_memory *f, const histogram_plan *plan, histogram *out) {
    if (histogram_make(&f->info, f->pixels, plan, out, &error) != FERRY_OK)
        fail_msg("%s", error.message);
}

/* ---- by hand ---- */

typedef struct list {
    double *values;
    size_t count;
} list;

static int compare(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Those of one component, each sample once. */
static list values_of(const frame_in_memory *f, size_t which, char color) {
    const samples *s = samples_find(f->info.format);
    const samples_component *c = &s->component[which];
    const size_t width = (size_t)f->info.width, height = (size_t)f->info.height;
    list l = {malloc(width * height * sizeof(double)), 0};
    double *all = malloc(width * height * s->count * sizeof *all);
    assert_true(l.values != NULL && all != NULL);
    const values_part whole = {0, 0, f->info.width, f->info.height};
    assert_int_equal(values_read(&f->info, f->pixels, &whole, all, NULL), FERRY_OK);
    for (size_t y = 0; y < height; y += (size_t)1 << c->shift_y)
        for (size_t x = 0; x < width; x += (size_t)1 << c->shift_x) {
            double value = all[(y * width + x) * s->count + which];
            if ((s->colors == NULL || samples_color_at(s, (int32_t)x, (int32_t)y) == color) &&
                isfinite(value))
                l.values[l.count++] = value;
        }
    free(all);
    qsort(l.values, l.count, sizeof *l.values, compare);
    return l;
}

static void assert_range(const histogram_range *range, const list *l, const histogram_plan *plan,
                         const char *what) {
    if (l->count == 0) {
        assert_true(range->min == 0 && range->max == 0 && range->low == 0 && range->high == 0);
        return;
    }
    size_t low = l->count * plan->low_thousandths / 1000;
    size_t high = l->count * plan->high_thousandths / 1000;
    low = low < l->count ? low : l->count - 1;
    high = high > 0 ? high - 1 : 0;
    const double wanted[4] = {l->values[0], l->values[l->count - 1], l->values[low],
                              l->values[high]};
    const double found[4] = {range->min, range->max, range->low, range->high};
    for (size_t i = 0; i < 4; i++)
        if (found[i] != wanted[i])
            fail_msg("%s: value %zu of the range is %g instead of %g", what, i, found[i],
                     wanted[i]);
}

static void assert_bins(const histogram *h, const histogram_component *c, const list *l,
                        const char *what) {
    uint32_t *wanted = calloc(h->bin_count, sizeof *wanted);
    assert_non_null(wanted);
    for (size_t i = 0; i < l->count; i++) {
        double place = c->to > c->from ? (l->values[i] - c->from) / (c->to - c->from) : 0;
        double bin = floor(place * h->bin_count + (h->is_float ? 0 : 1e-9));
        wanted[bin >= h->bin_count ? h->bin_count - 1 : (size_t)bin]++;
    }
    /* A float may be on either side of an edge. */
    uint64_t differ = 0;
    for (size_t i = 0; i < h->bin_count; i++)
        differ += (uint64_t)llabs((long long)wanted[i] - (long long)c->bins[i]);
    if (differ > (h->is_float ? l->count / 50 + 2 : 0))
        fail_msg("%s: %llu differ", what, (unsigned long long)differ);
    free(wanted);
}

static void assert_right(const frame_in_memory *f, const histogram_plan *plan) {
    const samples *s = samples_find(f->info.format);
    const char *name = ferry_format_name(f->info.format);
    histogram h;
    make(f, plan, &h);
    assert_int_equal(h.bin_count, plan->bins);
    list light = {malloc(4 * (size_t)f->info.width * (size_t)f->info.height * sizeof(double)), 0};
    assert_int_equal(h.count, s->colors != NULL ? 3 : s->count);
    for (size_t i = 0; i < h.count; i++) {
        const histogram_component *c = &h.component[i];
        list l = values_of(f, s->colors != NULL ? 0 : i, c->name[0]);
        assert_int_equal(c->count, l.count);
        assert_range(&c->range, &l, plan, name);
        assert_bins(&h, c, &l, name);
        assert_int_equal(c->is_light, strchr("AUV", c->name[0]) == NULL);
        if (c->is_light) {
            memcpy(light.values + light.count, l.values, l.count * sizeof *l.values);
            light.count += l.count;
        }
        free(l.values);
    }
    qsort(light.values, light.count, sizeof *light.values, compare);
    assert_range(&h.light, &light, plan, name);
    free(light.values);
    histogram_free(&h);
    assert_null(h.memory);
}

static void every_format(void **state) {
    (void)state;
    static const int32_t sizes[][2] = {{1, 1}, {1, 2}, {2, 1}, {7, 5}, {64, 33}};
    static const histogram_plan plans[] = {
        {256, 1, 999}, {1, 0, 1000}, {10, 100, 500}, {65536, 1000, 0}, {7, 0, 0}};
    uint32_t format;
    for (size_t k = 0; (format = format_with_pixels(k)) != 0; k++)
        for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
            for (size_t p = 0; p < sizeof plans / sizeof plans[0]; p++) {
                frame_in_memory f = noise_frame(format, sizes[i][0], sizes[i][1], i % 2 ? 12 : 0);
                assert_right(&f, &plans[p]);
                free(f.pixels);
            }
}

/* ---- single cases ---- */

static void one_value_in_a_thousand_is_left_out(void **state) {
    (void)state;
    static uint16_t words[2000];
    for (size_t i = 0; i < 2000; i++)
        words[i] = (uint16_t)(500 + i % 10);
    words[17] = words[1400] = 0;
    words[99] = words[1999] = 65535;
    frame_in_memory f = {{.width = 100, .height = 20, .format = FERRY_FORMAT_GRAY16LE},
                         (uint8_t *)words};
    histogram h;
    make(&f, &usual, &h);
    assert_true(h.light.min == 0 && h.light.max == 65535);
    assert_true(h.light.low == 500 && h.light.high == 509);
    assert_true(h.most == 65535 && h.component[0].to == 65536);
    assert_int_equal(h.component[0].bins[0], 2);
    assert_int_equal(h.component[0].bins[1], 1996 - h.component[0].bins[2]);
    assert_int_equal(h.component[0].bins[255], 2);
    histogram_free(&h);
}

/* Numbers from the least to the greatest that there are, and what is none. */
static void floats_of_every_size(void **state) {
    (void)state;
    static const float numbers[] = {-FLT_MAX,   FLT_MAX, NAN,    INFINITY, -INFINITY, -0.0f,
                                    0.0f,       FLT_MIN, 1e-45f, -1e-45f,  -1,        1,
                                    1.0000001f, 1000000, -NAN,   16777216};
    frame_in_memory f = {{.width = 16, .height = 1, .format = FERRY_FORMAT_GRAYF32LE},
                         (uint8_t *)(uintptr_t)numbers};
    static const histogram_plan plans[] = {{256, 1, 999}, {2, 500, 500}, {16, 250, 750}};
    for (size_t i = 0; i < 3; i++)
        assert_right(&f, &plans[i]);
    histogram h;
    make(&f, &usual, &h);
    assert_int_equal(h.component[0].count, 12);
    assert_true(h.component[0].from == -FLT_MAX && h.component[0].to == FLT_MAX);
    assert_true(h.is_float && h.most == 1);
    histogram_free(&h);
    static const float none[] = {NAN, INFINITY, -INFINITY, NAN};
    f = (frame_in_memory){{.width = 2, .height = 2, .format = FERRY_FORMAT_GRAYF32LE},
                          (uint8_t *)(uintptr_t)none};
    make(&f, &usual, &h);
    assert_int_equal(h.component[0].count, 0);
    assert_true(h.light.low == 0 && h.light.high == 0);
    histogram_free(&h);
    static const float flat[] = {3, 3, 3, 3};
    f.pixels = (uint8_t *)(uintptr_t)flat;
    make(&f, &usual, &h);
    assert_int_equal(h.component[0].bins[0], 4);
    assert_true(h.light.low == 3 && h.light.high == 3);
    histogram_free(&h);
}

static void assert_refused(const ferry_frame_info *info, const histogram_plan *plan,
                           ferry_status wanted) {
    static const uint8_t pixels[64];
    histogram h;
    error = (ferry_error)FERRY_ERROR_INIT;
    assert_int_equal(histogram_make(info, pixels, plan, &h, &error), wanted);
    assert_int_equal(error.status, wanted);
    assert_true(error.message[0] != '\0');
    assert_null(h.memory);
    assert_int_equal(h.count, 0);
}

static void what_is_not_counted(void **state) {
    (void)state;
    ferry_frame_info info = {.width = 4, .height = 4, .format = FERRY_FORMAT_GRAY};
    assert_refused(&info, &(histogram_plan){0, 1, 999}, FERRY_INVALID_ARGUMENT);
    assert_refused(&info, &(histogram_plan){HISTOGRAM_BINS_MAX + 1, 1, 999},
                   FERRY_INVALID_ARGUMENT);
    assert_refused(&info, &(histogram_plan){1, 1001, 999}, FERRY_INVALID_ARGUMENT);
    assert_refused(&info, &(histogram_plan){1, 1, 1001}, FERRY_INVALID_ARGUMENT);
    info.length_bytes = 15;
    assert_refused(&info, &usual, FERRY_INVALID_ARGUMENT);
    info.format = FERRY_FORMAT_H264;
    assert_refused(&info, &usual, FERRY_NOT_SUPPORTED);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_format),
        cmocka_unit_test(one_value_in_a_thousand_is_left_out),
        cmocka_unit_test(floats_of_every_size),
        cmocka_unit_test(what_is_not_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
