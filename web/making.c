#include "making.h"

#include <inttypes.h>
#include <stdlib.h>

#include <frameferry/image.h>

#include "host/inside.h"
#include "picture/histogram.h"
#include "shared/line.h"

/* Of each end, one value in a thousand is left out of the percentiles. */
#define LOW_THOUSANDTHS 1
#define HIGH_THOUSANDTHS 999

/* A file takes no more memory than it needs: it may wait for a slow reader. */
static void take_file(making *m, ferry_image_file *file) {
    if (m->status != FERRY_OK) {
        ferry_image_file_free(file);
        return;
    }
    unsigned char *fit = realloc(file->bytes, file->length_bytes);
    m->bytes = fit != NULL ? fit : file->bytes;
    m->length_bytes = file->length_bytes;
}

static void make_jpeg(making *m, const making_plan *plan, const making_subject *subject) {
    ferry_image_file file = FERRY_IMAGE_FILE_INIT;
    const render_plan wanted = {
        .width = (int32_t)plan->width,
        .quality = plan->quality,
        .has_low = plan->has_low,
        .has_high = plan->has_high,
        .low = plan->low,
        .high = plan->high,
    };
    render_shown shown = {.has_window = false};
    m->status =
        render_jpeg(subject->info, subject->pixels, &wanted, &m->room, &file, &shown, &m->error);
    take_file(m, &file);
    m->has_window = shown.has_window;
    m->low = shown.window.low;
    m->high = shown.window.high;
}

static void make_png(making *m, const making_plan *plan, const making_subject *subject) {
    ferry_image_file file = FERRY_IMAGE_FILE_INIT;
    (void)plan;
    m->status =
        ferry_image_encode("frame.png", subject->info, subject->pixels, NULL, &file, &m->error);
    take_file(m, &file);
}

/* ---- a histogram ---- */

static void put_names(app_line *line, const histogram *h) {
    for (uint32_t c = 0; c < h->count; c++)
        app_line_print(line, "%s\"%s\"", c > 0 ? ", " : "", h->component[c].name);
}

static void put_ends(app_line *line, const histogram *h, bool is_end) {
    for (uint32_t c = 0; c < h->count; c++)
        app_line_print(line, "%s%.15g", c > 0 ? ", " : "",
                       is_end ? h->component[c].to : h->component[c].from);
}

static void put_bins(app_line *line, const histogram *h) {
    for (uint32_t c = 0; c < h->count; c++) {
        app_line_put_text(line, c > 0 ? ", [" : "[");
        for (uint32_t b = 0; b < h->bin_count; b++)
            app_line_print(line, "%s%" PRIu32, b > 0 ? ", " : "", h->component[c].bins[b]);
        app_line_put_text(line, "]");
    }
}

static void put_histogram(app_line *line, const making_subject *subject, const histogram *h) {
    const histogram_range *r = &h->light;
    app_line_print(line, "{\"frame\": %" PRIu64 ", \"generation\": \"%016" PRIx64 "\", ",
                   subject->info->number, subject->generation);
    app_line_put_text(line, "\"components\": [");
    put_names(line, h);
    app_line_print(line,
                   "], \"min\": %.15g, \"max\": %.15g, \"low\": %.15g, \"high\": %.15g, "
                   "\"most\": %.15g, \"from\": [",
                   r->min, r->max, r->low, r->high, h->most);
    put_ends(line, h, false);
    app_line_put_text(line, "], \"to\": [");
    put_ends(line, h, true);
    app_line_put_text(line, "], \"bins\": [");
    put_bins(line, h);
    app_line_put_text(line, "]}\n");
}

static void make_histogram(making *m, const making_plan *plan, const making_subject *subject) {
    histogram h = {.count = 0};
    app_line line = APP_LINE_INIT;
    const histogram_plan wanted = {.bins = plan->bins,
                                   .low_thousandths = LOW_THOUSANDTHS,
                                   .high_thousandths = HIGH_THOUSANDTHS};
    m->status = histogram_make(subject->info, subject->pixels, &wanted, &h, &m->error);
    if (m->status != FERRY_OK)
        return;
    put_histogram(&line, subject, &h);
    histogram_free(&h);
    if (line.is_cut) {
        app_line_free(&line);
        m->status = ferryi_fail(&m->error, FERRY_NO_MEMORY, 0, "out of memory");
        return;
    }
    m->bytes = (unsigned char *)line.text;
    m->length_bytes = line.used;
}

static void (*const kinds[])(making *m, const making_plan *plan, const making_subject *subject) = {
    [MAKING_JPEG] = make_jpeg,
    [MAKING_PNG] = make_png,
    [MAKING_HISTOGRAM] = make_histogram,
};

static void drop_made(making *m) {
    free(m->bytes);
    m->bytes = NULL;
    m->length_bytes = 0;
    m->has_window = false;
}

void making_run(making *m, const making_plan *plan, const making_subject *subject) {
    drop_made(m);
    kinds[plan->kind](m, plan, subject);
}

void making_free(making *m) {
    drop_made(m);
    render_free_room(&m->room);
}
