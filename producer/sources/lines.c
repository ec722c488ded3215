/* Texts: a line of standard input, of a file or of a pipe each, without its end (LF or CR LF). */
#include "sources/source.h"

#include <stdlib.h>
#include <string.h>

#include "host/host.h"
#include "host/inside.h"
#include "shared/message.h"

/* A line that is longer is no text for anybody, and would take all memory. */
#define LINE_MOST ((size_t)1 << 20)
#define PIECE_BYTES 4096

typedef struct lines {
    source base;
    const char *name; /* for sentences */
    host_input *input;
    char piece[PIECE_BYTES]; /* what was read, and not handed out yet */
    size_t begin;
    size_t end;
    bool has_ended;
    bool keeps_empty;    /* lines without anything are texts too */
    bool has_told_empty; /* the user knows that they are left out */
} lines;

/* Puts more of a line into the image. False: no memory, or it is too long, which has been said. */
static bool append(lines *l, ferry_image *into, size_t bytes) {
    size_t used = into->info.length_bytes;
    if (used + bytes > LINE_MOST) {
        app_message_fail("%s: a line has more than %zu bytes", l->name, LINE_MOST);
        return false;
    }
    if (used + bytes > into->capacity_bytes) {
        uint8_t *grown = realloc(into->pixels, 2 * (used + bytes));
        if (grown == NULL) {
            app_message_fail("out of memory");
            return false;
        }
        into->pixels = grown;
        into->capacity_bytes = 2 * (used + bytes);
    }
    memcpy(into->pixels + used, l->piece + l->begin, bytes);
    into->info.length_bytes = (uint32_t)(used + bytes);
    l->begin += bytes;
    return true;
}

/* Reads more when nothing is left. False: there is no more, or the user asks to stop. */
static bool fill(lines *l) {
    ferry_error error;
    size_t got = 0;
    if (l->begin < l->end)
        return true;
    if (l->has_ended)
        return false;
    ferry_status status = host_read_input(l->input, l->piece, sizeof l->piece, &got, &error);
    l->begin = 0;
    l->end = got;
    if (status == FERRY_OK)
        return true;
    l->has_ended = true;
    if (status != FERRY_END_OF_STREAM && status != FERRY_INTERRUPTED) {
        app_message_fail("%s", error.message);
        l->base.is_broken = true;
    }
    return false;
}

static void finish(ferry_image *into) {
    uint32_t length = into->info.length_bytes;
    if (length > 0 && into->pixels[length - 1] == '\r')
        length--;
    into->info = (ferry_frame_info){.width = (int32_t)length,
                                    .height = 1,
                                    .format = FERRY_FORMAT_TEXT,
                                    .bit_count = 8,
                                    .stride_bytes = length,
                                    .length_bytes = length,
                                    .capture_ns = ferry_clock_ns()};
}

/* Reads one line. False: there is none, or it cannot be had. */
static bool read_line(lines *l, ferry_image *into) {
    bool has_any = false;
    into->info.length_bytes = 0;
    if (ferry_image_reserve(into, PIECE_BYTES) != FERRY_OK) {
        app_message_fail("out of memory");
        l->base.is_broken = true;
        return false;
    }
    while (fill(l)) {
        const char *from = l->piece + l->begin;
        const char *end = memchr(from, '\n', l->end - l->begin);
        size_t bytes = end != NULL ? (size_t)(end - from) : l->end - l->begin;
        has_any = true;
        if (!append(l, into, bytes)) {
            l->base.is_broken = true;
            return false;
        }
        if (end == NULL)
            continue;
        l->begin++; /* the end of the line */
        break;
    }
    finish(into);
    return has_any;
}

static bool lines_next(source *self, ferry_image *into) {
    lines *l = (lines *)self;
    while (read_line(l, into)) {
        if (into->info.length_bytes > 0 || l->keeps_empty)
            return true;
        if (!l->has_told_empty)
            app_message_warn("%s: an empty line is no frame, and is left out", l->name);
        l->has_told_empty = true;
    }
    return false;
}

static void lines_interrupt(source *self) {
    host_interrupt_input(((lines *)self)->input);
}

static void lines_close(source *self) {
    lines *l = (lines *)self;
    host_close_input(&l->input);
    free(l);
}

ferry_status source_open_lines(source **out, const char *path, bool keeps_empty,
                               ferry_error *error) {
    lines *l = calloc(1, sizeof *l);
    if (l == NULL)
        return ferryi_fail(error, FERRY_NO_MEMORY, 0, "out of memory");
    l->keeps_empty = keeps_empty;
    l->name = path != NULL ? path : "standard input";
    l->base = (source){.is_piped = true,
                       .rate = {.seconds = 1},
                       .slot_bytes = FERRY_HEADER_BYTES + LINE_MOST,
                       .next = lines_next,
                       .interrupt = lines_interrupt,
                       .close = lines_close};
    ferry_status status = path != NULL ? host_open_input_file(&l->input, path, error)
                                       : host_open_input(&l->input, error);
    if (status == FERRY_OK)
        *out = &l->base;
    else
        lines_close(&l->base);
    return status;
}
