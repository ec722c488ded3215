#include "sinks/sink.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <frameferry/child.h>
#include <frameferry/clock.h>
#include <frameferry/frame.h>

#include "host/host.h"
#include "host/inside.h"
#include "shared/message.h"
#include "shared/yuv.h"
#include "sinks/packed.h"

/* Ctrl-C ends every sleep but one that is just about to begin. */
#define SLICE_NS (FERRY_SECOND_NS / 10)
/* For a command that has been asked to end, and for one that had to be forced to. */
#define GRACE_NS (2 * FERRY_SECOND_NS)
#define FORCED_NS (10 * FERRY_SECOND_NS)

/* After this many failures in a row without a reader of standard output, that must be the reason.
 */
#define UNREAD_MAX 10

/* Lines of metadata have at least three bytes. */
#define VARIABLES_MAX (16 + FERRY_METADATA_MAX / 3)
/* Enough for all but the name of the file. */
#define VARIABLES_BYTES (2048 + VARIABLES_MAX * (int)sizeof "FERRY_META_=")

typedef struct exec {
    sink base;
    const char *command;
    const char *channel;
    int64_t timeout_ns;
    uint64_t run;
    uint64_t failed;
    unsigned unread; /* failures in a row without a reader of standard output */
    packer packed;
} exec;

typedef struct variables {
    const char *list[VARIABLES_MAX + 1];
    size_t count;
    char *text;
    size_t used;
    size_t capacity;
} variables;

/* A command that runs. */
typedef struct run {
    ferry_child *child;
    uint64_t frame;
    uint64_t begin_ns;
    int64_t timeout_ns;   /* from begin_ns */
    ferry_child_exit how; /* all zeros: it was ended, or that is not known */
    int stops; /* how often the user has asked to stop, of what is known; more ends the command */
} run;

/* ---- what describes it ---- */

FERRYI_PRINTF(2, 3)
static void put(variables *v, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(v->text + v->used, v->capacity - v->used, format, arguments);
    va_end(arguments);
    if (length < 0 || (size_t)length >= v->capacity - v->used || v->count == VARIABLES_MAX)
        return; /* cannot be: there is room for all */
    v->list[v->count++] = v->text + v->used;
    v->used += (size_t)length + 1;
}

/* FERRY_META_KEY=VALUE, with the key in capitals and '_' for what the name of a variable in a shell
 * cannot have. The prefix keeps a peer from setting PATH and the like. */
static void put_notes(variables *v, const ferry_frame_info *info) {
    ferry_note note;
    uint32_t at = 0;
    if (!ferry_notes_are_valid(info))
        return;
    while (ferry_notes_next(info, &at, &note)) {
        for (char *c = note.key; *c != '\0'; c++) {
            if (*c >= 'a' && *c <= 'z')
                *c = (char)(*c - 'a' + 'A');
            else if (!((*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9')))
                *c = '_';
        }
        put(v, "FERRY_META_%s=%s", note.key, note.value);
    }
}

static void put_picture(variables *v, const ferry_frame_info *info, const packed_frame *p) {
    char format[SINK_FORMAT_BYTES];
    put(v, "FERRY_WIDTH=%" PRId32, info->width);
    put(v, "FERRY_HEIGHT=%" PRId32, info->height);
    put(v, "FERRY_FORMAT=%s", sink_format_name(format, info->format));
    put(v, "FERRY_BIT_COUNT=%" PRIu32, info->bit_count);
    put(v, "FERRY_STRIDE=%" PRIu32, p->stride_bytes);
    put(v, "FERRY_BYTES=%" PRIu32, p->bytes);
    if (app_yuv_matrix_name(info) != NULL)
        put(v, "FERRY_MATRIX=%s", app_yuv_matrix_name(info));
    if (app_yuv_range_name(info) != NULL)
        put(v, "FERRY_RANGE=%s", app_yuv_range_name(info));
}

/* The strings are freed with v->text. False: no memory. */
static bool describe(variables *v, const receipt *r, const packed_frame *p) {
    size_t file_bytes = r->file != NULL ? strlen(r->file) : 0;
    *v = (variables){.capacity = VARIABLES_BYTES + file_bytes};
    v->text = malloc(v->capacity);
    if (v->text == NULL)
        return false;
    /* Those of a command that runs us are not this frame's. */
    put(v, "FERRY_META_*");
    put(v, "FERRY_FILE");
    put(v, "FERRY_MATRIX");
    put(v, "FERRY_RANGE");
    put(v, "FERRY_FRAME=%" PRIu64, r->info->number);
    put_picture(v, r->info, p);
    put(v, "FERRY_CAPTURE_NS=%" PRIu64, r->info->capture_ns);
    put(v, "FERRY_PUBLISH_NS=%" PRIu64, r->info->publish_ns);
    put(v, "FERRY_SKIPPED=%" PRIu64, r->skipped);
    if (r->file != NULL)
        put(v, "FERRY_FILE=%s", r->file);
    put_notes(v, r->info);
    return true;
}

/* ---- the command ---- */

static bool is_stopped(const run *r) {
    return host_stop_count() > r->stops;
}

static int64_t left_ns(const run *r) {
    if (r->timeout_ns == FERRY_FOREVER)
        return SLICE_NS;
    uint64_t spent_ns = ferry_clock_ns() - r->begin_ns;
    if (spent_ns >= (uint64_t)r->timeout_ns)
        return 0;
    int64_t left = r->timeout_ns - (int64_t)spent_ns;
    return left < SLICE_NS ? left : SLICE_NS;
}

static bool goes_on(const run *r, ferry_status status) {
    return (status == FERRY_TIMEOUT || status == FERRY_INTERRUPTED) && left_ns(r) > 0 &&
           !is_stopped(r);
}

/* A command that has had enough is fine: how it ends says the rest. */
static ferry_status feed(const run *r, const packed_frame *p) {
    size_t done = 0;
    ferry_status status;
    do {
        size_t written = 0;
        status =
            ferry_child_write(r->child, p->pixels + done, p->bytes - done, left_ns(r), &written);
        done += written;
    } while (goes_on(r, status));
    ferry_child_close_input(r->child);
    return status == FERRY_END_OF_STREAM ? FERRY_OK : status;
}

static ferry_status await(const run *r, ferry_child_exit *how) {
    ferry_status status;
    do
        status = ferry_child_wait(r->child, left_ns(r), how);
    while (goes_on(r, status));
    return status;
}

/* Ctrl-C once more cuts the grace short. */
static void end_command(run *r) {
    ferry_child_exit how;
    ferry_child_end(r->child, false);
    r->stops = host_stop_count();
    r->begin_ns = ferry_clock_ns();
    r->timeout_ns = GRACE_NS;
    ferry_status status = await(r, &how);
    if (status == FERRY_OK || status == FERRY_SYSTEM_ERROR)
        return;
    ferry_child_end(r->child, true);
    r->begin_ns = ferry_clock_ns();
    r->timeout_ns = FORCED_NS;
    if (await(r, &how) == FERRY_TIMEOUT)
        app_message_warn("the command for frame %" PRIu64 " (process %" PRId64
                         ") cannot be stopped and is left running",
                         r->frame, ferry_child_id(r->child));
}

/* Says what is wrong with how the command ended by itself; whether nothing is. */
static bool judge(const run *r, const ferry_child_exit *how) {
    if (how->exited && how->code == 0)
        return true;
    /* A signal to stop may well have gone to everybody. */
    if (host_stop_count() > 0)
        return true;
    if (how->exited)
        app_message_warn("the command for frame %" PRIu64 " ended with exit code %d", r->frame,
                         (int)how->code);
    else
        app_message_warn("the command for frame %" PRIu64 " was killed by signal %d", r->frame,
                         (int)how->code);
    return false;
}

/* Whether the command did well, or was stopped by the user. */
static bool finish(run *r, const packed_frame *p, int64_t timeout_ns) {
    ferry_status status = feed(r, p);
    if (status == FERRY_OK)
        status = await(r, &r->how);
    if (status == FERRY_OK)
        return judge(r, &r->how);
    bool stopped = is_stopped(r);
    end_command(r);
    if (stopped)
        return true;
    if (status == FERRY_SYSTEM_ERROR)
        app_message_warn("the command for frame %" PRIu64
                         " could not read its frame, or its exit status is unknown",
                         r->frame);
    else
        app_message_warn("the command for frame %" PRIu64 " took longer than %g s and was stopped",
                         r->frame, (double)timeout_ns / 1e9);
    return false;
}

/* NULL: failed, which has been reported. */
static ferry_child *start(exec *e, const receipt *r, const packed_frame *p) {
    variables v;
    ferry_child *child = NULL;
    ferry_error error = {.status = FERRY_OK};
    ferry_child_options options = FERRY_CHILD_OPTIONS_INIT;
    if (!describe(&v, r, p)) {
        app_message_fail("out of memory");
        return NULL;
    }
    options.command = e->command;
    options.channel = e->channel;
    options.variables = v.list;
    options.pipe_input = 1;
    options.own_group = 1;
    if (ferry_child_start_with(&child, &options, &error) != FERRY_OK)
        app_message_fail("--exec: %s", error.message);
    free(v.text);
    return child;
}

/* Whether a command has failed because its output has no reader, as it will for every later frame;
 * then reports it. Most are killed by SIGPIPE. Others fail in a way of their own, which tells
 * nothing as long as some do well. */
static bool is_unread(exec *e, const run *r) {
    if (!host_has_lost_reader()) {
        e->unread = 0;
        return false;
    }
    e->unread++;
    if (!host_is_broken_pipe(r->how.exited, r->how.code) && e->unread < UNREAD_MAX)
        return false;
    app_message_fail("the commands of --exec fail because nothing reads standard output any more");
    return true;
}

/* Output of the command begins a line of its own on a terminal that another program's progress
 * is on. */
static void clear_line(void) {
    app_line blank = APP_LINE_INIT;
    app_message_put_blank(&blank);
    if (blank.used > 0)
        host_write(HOST_STREAM_OUTPUT, blank.text, blank.used, NULL);
    app_line_free(&blank);
}

static bool exec_take(sink *self, receipt *r) {
    exec *e = (exec *)self;
    packed_frame p;
    ferry_error error;
    if (host_stop_count() > 0)
        return true;
    if (packed_take(&e->packed, r->info, r->pixels, &p, &error) != FERRY_OK) {
        app_message_fail("%s", error.message);
        return false;
    }
    run now = {.frame = r->info->number, .begin_ns = ferry_clock_ns(), .timeout_ns = e->timeout_ns};
    clear_line();
    now.child = start(e, r, &p);
    if (now.child == NULL)
        return false;
    e->run++;
    bool went_well = finish(&now, &p, e->timeout_ns);
    ferry_child_free(&now.child);
    if (went_well) {
        e->unread = 0;
        return true;
    }
    e->failed++;
    return !is_unread(e, &now);
}

static void exec_close(sink *self) {
    exec *e = (exec *)self;
    packed_free(&e->packed);
    free(e);
}

sink *sink_open_exec(const char *command, const char *channel, int64_t timeout_ns) {
    exec *e = calloc(1, sizeof *e);
    if (e == NULL) {
        app_message_fail("out of memory");
        return NULL;
    }
    e->base = (sink){.take = exec_take, .close = exec_close};
    e->command = command;
    e->channel = channel;
    e->timeout_ns = timeout_ns;
    return &e->base;
}

bool sink_exec_went_well(const sink *self) {
    const exec *e = (const exec *)self;
    if (e->failed > 0)
        app_message_fail("%" PRIu64 " of %" PRIu64 " commands failed", e->failed, e->run);
    return e->failed == 0;
}
