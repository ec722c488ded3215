#include "sources/feed.h"

#include <stdlib.h>
#include <string.h>

#include "host/inside.h"
#include "shared/message.h"
#include "shared/y4m.h"
#include "sources/y4m.h"

/* A program that is slow to begin needs no word before that. */
#define SILENCE_MS 2000
/* Between frames: longer than most writers take for one. */
#define STALL_MS 5000
#define FIRST_BYTES ((size_t)1 << 16)

static ferry_status open_input(feed *f, ferry_error *error) {
    if (f->path != NULL)
        return host_open_input_file(&f->input, f->path, error);
    if (host_is_terminal(stdin))
        return ferryi_fail(error, FERRY_UNREADABLE, 0,
                           "standard input is a terminal: pipe frames into this program, such as "
                           "ffmpeg -i FILM -f yuv4mpegpipe - | ferry-producer -");
    return host_open_input(&f->input, error);
}

ferry_status feed_open(feed *f, const char *path, ferry_error *error) {
    *f = (feed){.name = path != NULL ? path : "standard input", .path = path};
    f->is_file = path != NULL && host_kind_of_file(path) == HOST_FILE_REGULAR;
    return open_input(f, error);
}

/* Before the first bytes there is no channel and no sign of this program: a user who mistyped the
 * command that should write here would wait for ever without a message. */
static void watch_silence(feed *f) {
    if (f->is_settled || f->is_file || host_await_input(f->input, SILENCE_MS) != FERRY_TIMEOUT)
        return;
    f->is_settled = true;
    if (f->has_bytes)
        app_message_inform("no whole frame on %s yet: waiting for the program that writes it",
                           f->name);
    else
        app_message_inform("nothing on %s yet: waiting for the program that writes it; the channel "
                           "is created when it begins",
                           f->name);
}

/* A writer that has stopped in the midst looks as one that is slow: told once, since a slow one
 * would be told of again and again. */
static void watch_stall(feed *f) {
    if (!f->has_frame || f->has_stalled || f->is_file ||
        host_await_input(f->input, STALL_MS) != FERRY_TIMEOUT)
        return;
    f->has_stalled = true;
    app_message_inform("no data on %s for %d s: waiting for the program that writes it", f->name,
                       STALL_MS / 1000);
}

static ferry_status read_input(feed *f, void *bytes, size_t count, size_t *got,
                               ferry_error *error) {
    watch_silence(f);
    watch_stall(f);
    ferry_status status = host_read_input(f->input, bytes, count, got, error);
    f->has_bytes = f->has_bytes || status == FERRY_OK;
    return status;
}

void feed_settle(feed *f) {
    f->is_settled = true;
    f->has_frame = true;
}

ferry_status feed_peek(feed *f, ferry_error *error) {
    while (f->head_bytes < FEED_HEAD_BYTES) {
        size_t got = 0;
        ferry_status status =
            read_input(f, f->head + f->head_bytes, FEED_HEAD_BYTES - f->head_bytes, &got, error);
        if (status == FERRY_END_OF_STREAM)
            return FERRY_OK;
        if (status != FERRY_OK)
            return status;
        f->head_bytes += got;
    }
    return FERRY_OK;
}

bool feed_is_y4m(const feed *f) {
    return f->head_bytes > sizeof APP_Y4M_SIGNATURE - 1 &&
           y4m_begins_header((const char *)f->head, f->head_bytes);
}

ferry_status feed_read(feed *f, void *bytes, size_t count, size_t *got, ferry_error *error) {
    size_t left = f->head_bytes - f->head_used;
    if (left > 0) {
        *got = count < left ? count : left;
        memcpy(bytes, f->head + f->head_used, *got);
        f->head_used += *got;
        return FERRY_OK;
    }
    return read_input(f, bytes, count, got, error);
}

/* Makes room for at least one byte more. */
static bool grow(uint8_t **bytes, size_t count, size_t *room) {
    if (count < *room)
        return true;
    size_t wanted = *room == 0 ? FIRST_BYTES : 2 * *room;
    uint8_t *grown = realloc(*bytes, wanted);
    if (grown == NULL)
        return false;
    *bytes = grown;
    *room = wanted;
    return true;
}

ferry_status feed_read_all(feed *f, size_t most, uint8_t **bytes, size_t *count,
                           ferry_error *error) {
    size_t room = 0;
    *bytes = NULL;
    for (*count = 0; *count <= most;) {
        if (!grow(bytes, *count, &room))
            return ferryi_fail(error, FERRY_NO_MEMORY, 0, "no memory for the content of %.400s",
                               f->name);
        size_t got = 0;
        ferry_status status = feed_read(f, *bytes + *count, room - *count, &got, error);
        if (status == FERRY_END_OF_STREAM)
            return FERRY_OK;
        if (status != FERRY_OK)
            return status;
        *count += got;
    }
    return ferryi_fail(error, FERRY_TOO_LARGE, 0,
                       "%.400s is not read: it is too long for a picture", f->name);
}

ferry_status feed_rewind(feed *f, ferry_error *error) {
    f->head_bytes = f->head_used = 0;
    return host_rewind_input(f->input, error);
}

void feed_interrupt(feed *f) {
    host_interrupt_input(f->input);
}

void feed_close(feed *f) {
    host_close_input(&f->input);
}
