#include "values_json.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "picture/values.h"
#include "pull.h"

#define SIDE_MAX 64

/* A part of one pixel where nothing else is asked for. */
static values_part part_of(const parameters *p) {
    return (values_part){
        .x = (int32_t)p->whole[PARAMETER_X],
        .y = (int32_t)p->whole[PARAMETER_Y],
        .width = parameters_has(p, PARAMETER_W) ? (int32_t)p->whole[PARAMETER_W] : 1,
        .height = parameters_has(p, PARAMETER_H) ? (int32_t)p->whole[PARAMETER_H] : 1,
    };
}

/* Reads them from the frame, in whose slot they may change as long as it is not given back. */
static ferry_status read_values(const request *r, const values_part *part, double *out,
                                ferry_error *error) {
    ferry_status status = FERRY_OK;
    read_result result = READ_AGAIN;
    reading in;
    while (result == READ_AGAIN) {
        if (!frame_begin_reading(r->frame, &in))
            return ferryi_fail(error, FERRY_OVERRUN, 0, "the frame was given up: ask again");
        status = values_read(&r->frame->info, in.pixels, part, out, error);
        result = frame_end_reading(r->frame, &in);
    }
    return result == READ_WELL
               ? status
               : ferryi_fail(error, FERRY_OVERRUN, 0, "the frame was given up: ask again");
}

static void put_head(app_line *line, const request *r, const values_part *part, const samples *s) {
    const ferry_frame_info *i = &r->frame->info;
    app_line_print(line,
                   "{\"frame\": %" PRIu64 ", \"generation\": \"%016" PRIx64
                   "\", \"format\": \"%s\", \"x\": %" PRId32 ", \"y\": %" PRId32 ", \"w\": %" PRId32
                   ", \"h\": %" PRId32 ", \"components\": [",
                   i->number, r->frame->generation, ferry_format_name(i->format), part->x, part->y,
                   part->width, part->height);
    for (unsigned c = 0; c < s->count; c++)
        app_line_print(line, "%s\"%s\"", c > 0 ? ", " : "", s->component[c].name);
    app_line_print(line, "], \"bits\": %u, ", (unsigned)s->bits);
    if (s->colors != NULL)
        app_line_print(line, "\"colors\": \"%.4s\", ", s->colors);
}

/* JSON has no number that is not finite. A float has nine digits that count. */
static void put_values(app_line *line, const samples *s, const double *values, size_t pixels) {
    app_line_put_text(line, "\"values\": [");
    for (size_t at = 0; at < pixels * s->count; at++) {
        app_line_put_text(line, at == 0 ? "[" : at % s->count == 0 ? "], [" : ", ");
        if (isfinite(values[at]))
            app_line_print(line, "%.9g", values[at]);
        else
            app_line_put_text(line, "null");
    }
    app_line_put_text(line, "]]}\n");
}

static enum MHD_Result send_values(request *r, const values_part *part, const samples *s,
                                   const double *values) {
    app_line line = APP_LINE_INIT;
    put_head(&line, r, part, s);
    put_values(&line, s, values, (size_t)part->width * (size_t)part->height);
    return request_send_line(r, "application/json", &line);
}

static enum MHD_Result answer(request *r) {
    ferry_error error = {.status = FERRY_OK};
    values_part part = part_of(&r->parameters);
    const samples *s = samples_find(r->frame->info.format);
    if (s == NULL)
        return request_fail(r, FERRY_NOT_SUPPORTED, "frames of this format have no pixels");
    double *values = calloc((size_t)part.width * (size_t)part.height * s->count, sizeof *values);
    if (values == NULL)
        return request_fail(r, FERRY_NO_MEMORY, "out of memory");
    ferry_status status = read_values(r, &part, values, &error);
    enum MHD_Result result = status == FERRY_OK ? send_values(r, &part, s, values)
                             : status == FERRY_INVALID_ARGUMENT
                                 ? request_say(r, MHD_HTTP_BAD_REQUEST, "%s", error.message)
                                 : request_fail(r, status, error.message);
    free(values);
    return result;
}

enum MHD_Result values_json(request *r) {
    values_part part = part_of(&r->parameters);
    if (part.width > SIDE_MAX || part.height > SIDE_MAX)
        return request_say(r, MHD_HTTP_BAD_REQUEST, "w and h are at most %d", SIDE_MAX);
    return pull_frame(r, answer);
}
