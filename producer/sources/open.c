#include "sources/open.h"

#include <frameferry/producer.h>

#include "host/inside.h"
#include "sources/convert.h"
#include "sources/film_kind.h"

/* Stall limit where frames are dropped: a consumer that does not advance is evicted after this
 * time. */
#define LIVE_STALL_LIMIT_NS (2 * FERRY_SECOND_NS)
/* Stall limit for frames of another program: they wait, so that none is lost, but not for ever. */
#define STREAM_STALL_LIMIT_NS (10 * FERRY_SECOND_NS)
/* How long a call waits for a free slot before the loop looks around. */
#define FULL_SLICE_NS (FERRY_SECOND_NS / 10)

static const app_rate usual_rate = {.frames = 30, .seconds = 1};

/* The largest frame with its header that may be sent. */
static uint64_t most_slot_bytes(const producer_options *o) {
    if (o->capacity_bytes != 0)
        return o->capacity_bytes;
    return o->form.dialect == FERRY_DIALECT_BASEIMAGE ? FERRY_DEFAULT_SLOT_BYTES
                                                      : (uint64_t)INT32_MAX + FERRY_HEADER_BYTES;
}

uint64_t open_slot_bytes(const producer_options *o, const source *from) {
    if (o->capacity_bytes != 0)
        return o->capacity_bytes;
    return from->slot_bytes > FERRY_DEFAULT_SLOT_BYTES ? from->slot_bytes
                                                       : FERRY_DEFAULT_SLOT_BYTES;
}

/* Drawing a pattern that fits no slot would go on for ever without sending anything. */
static ferry_status check_pattern(const producer_options *o, const pattern_request *request,
                                  uint64_t *slot_bytes, ferry_error *error) {
    ferry_frame_info info = {
        .width = request->width, .height = request->height, .format = request->format};
    ferry_frame_info stored;
    ferry_layout layout;
    ferry_status status =
        ferry_layout_compute(&layout, request->format, request->width, request->height, 0);
    info.length_bytes = status == FERRY_OK ? layout.length_bytes : UINT32_MAX;
    status = stored_describe(&o->form, &info, &stored, error);
    if (status != FERRY_OK)
        return status;
    *slot_bytes = source_needs(&stored);
    return source_check_size(o->sources[0], &stored, most_slot_bytes(o), o->form.dialect, error);
}

static ferry_status open_pattern(source **out, const producer_options *o, bool *converts,
                                 ferry_error *error) {
    pattern_request request = o->pattern;
    uint64_t slot_bytes = 0;
    if (request.format == 0)
        request.format = stored_format(&o->form, FERRY_FORMAT_RGB24);
    request.yuv = o->form.yuv;
    ferry_status status = check_pattern(o, &request, &slot_bytes, error);
    if (status != FERRY_OK)
        return status;
    *converts = stored_format(&o->form, request.format) != request.format;
    status = source_open_pattern(out, &request, error);
    if (status == FERRY_OK)
        (*out)->slot_bytes = slot_bytes;
    return status;
}

static ferry_status open_files(source **out, const producer_options *o, feed *opened,
                               uint64_t *skipped, ferry_error *error) {
    files_request request = {.paths = o->sources,
                             .count = o->source_count,
                             .skipped = skipped,
                             .loop = o->loop,
                             .as_stored = o->as_stored,
                             .form = o->form,
                             .slot_bytes = most_slot_bytes(o),
                             .opened = opened};
    return source_open_files(out, &request, error);
}

static ferry_status open_stream(source **out, const producer_options *o, const feed *from,
                                ferry_error *error) {
    stream_request request = o->stream;
    request.loop = o->loop;
    request.form = o->form;
    request.slot_bytes = most_slot_bytes(o);
    return source_open_stream(out, from, &request, error);
}

/* A film that comes from a pipe cannot be read a second time by another program. */
static ferry_status refuse_film(const char *kind, feed *from, ferry_error *error) {
    ferryi_fail(error, FERRY_UNREADABLE, 0,
                "%.300s is a film (%s) that has to be decoded: pipe it through ffmpeg -i - -f "
                "yuv4mpegpipe -pix_fmt yuv420p - | ferry-producer -",
                from->name, kind);
    feed_close(from);
    return FERRY_UNREADABLE;
}

/* Standard input, or what --raw is about. */
static ferry_status open_said(source **out, const producer_options *o, ferry_error *error) {
    feed from;
    ferry_status status = feed_open(&from, o->is_stream ? NULL : o->sources[0], error);
    if (status == FERRY_OK)
        return open_stream(out, o, &from, error);
    feed_close(&from);
    return status;
}

/* Opens a source by its first bytes. */
static ferry_status open_told(source **out, const producer_options *o, feed *from,
                              uint64_t *skipped, ferry_error *error) {
    if (feed_is_y4m(from))
        return open_stream(out, o, from, error);
    if (!from->is_file) {
        const char *film = film_kind(from->head, from->head_bytes);
        return film != NULL ? refuse_film(film, from, error)
                            : open_files(out, o, from, skipped, error);
    }
    feed_close(from); /* pictures in files are opened when it is their turn */
    return open_files(out, o, NULL, skipped, error);
}

/* One path, which may be that of a film. */
static ferry_status open_one(source **out, const producer_options *o, uint64_t *skipped,
                             ferry_error *error) {
    feed from;
    host_file_kind kind = host_kind_of_file(o->sources[0]);
    if (kind != HOST_FILE_PIPE && kind != HOST_FILE_REGULAR)
        return open_files(out, o, NULL, skipped, error);
    ferry_status status = feed_open(&from, o->sources[0], error);
    if (status == FERRY_OK)
        status = feed_peek(&from, error);
    if (status == FERRY_OK)
        return open_told(out, o, &from, skipped, error);
    feed_close(&from);
    /* A file that cannot be read is skipped like any other. */
    return kind == HOST_FILE_PIPE ? status : open_files(out, o, NULL, skipped, error);
}

static ferry_status open_http(source **out, const producer_options *o, source_losses *losses,
                              ferry_error *error) {
    const http_choice *choice = &o->http;
    http_request request = {.address = o->sources[0],
                            .requests = choice->requests,
                            .pace = o->has_rate ? o->rate : (app_rate){.seconds = 1},
                            .token_file = choice->token_file,
                            .token = choice->token,
                            .authority = choice->authority,
                            .form = o->form,
                            .slot_bytes = most_slot_bytes(o),
                            .room_bytes = o->capacity_bytes,
                            .losses = losses};
    ferry_status status = source_open_http(out, &request, error);
    /* Frames that are stored in another form, or in no slot, are not filled into one. */
    if (status == FERRY_OK && (o->is_port || !stored_as_it_comes(&o->form)))
        (*out)->fill = NULL;
    return status;
}

ferry_status open_source(source **out, const producer_options *o, source_losses *losses,
                         ferry_error *error) {
    uint64_t *skipped = &losses->files;
    source *made = NULL;
    bool converts = false;
    ferry_status status = FERRY_OK;
    if (o->is_from_port || o->is_lines) {
        converts = !o->common.port.is_text &&
                   (o->form.format != 0 || o->form.dialect != FERRY_DIALECT_NATIVE);
        status = o->is_from_port ? source_open_port(&made, &o->from, &o->common.share, error)
                                 : source_open_lines(&made, o->is_stream ? NULL : o->sources[0],
                                                     o->is_port, error);
    } else if (o->is_http) {
        converts = o->form.format != 0 || o->form.dialect != FERRY_DIALECT_NATIVE;
        status = open_http(&made, o, losses, error);
    } else if (o->is_pattern) {
        status = open_pattern(&made, o, &converts, error);
    } else {
        converts = o->form.format != 0 || o->form.dialect != FERRY_DIALECT_NATIVE;
        status = o->is_stream || o->stream.is_raw ? open_said(&made, o, error)
                 : o->source_count == 1           ? open_one(&made, o, skipped, error)
                                                  : open_files(&made, o, NULL, skipped, error);
    }
    if (status != FERRY_OK)
        return status;
    if (converts)
        made = source_convert(made, &o->form);
    if (made != NULL && made->is_still)
        made = source_keep_still(made);
    else if (made != NULL && made->draw == NULL && made->fill == NULL)
        made = source_work_ahead(made, o->common.count);
    if (made == NULL)
        return ferryi_fail(error, FERRY_NO_MEMORY, 0, "out of memory");
    *out = made;
    return FERRY_OK;
}

app_rate open_rate(const producer_options *o, const source *from) {
    if (o->has_rate)
        return o->rate;
    /* Frames of another program without a rate come at the pace of that program. */
    return from->rate.frames > 0 || from->is_piped ? from->rate : usual_rate;
}

static int64_t usual_stall_limit_ns(const source *from, bool drops) {
    if (drops)
        return LIVE_STALL_LIMIT_NS;
    return from->is_piped ? STREAM_STALL_LIMIT_NS : FERRY_FOREVER;
}

/* Slots that are larger than usual, because a frame is, may be more than there is memory for. */
static void explain_size(const producer_options *o, uint64_t slot_bytes, ferry_error *error) {
    const ferry_error cause = *error;
    if (o->capacity_bytes != 0 || slot_bytes <= FERRY_DEFAULT_SLOT_BYTES ||
        (cause.status != FERRY_SYSTEM_ERROR && cause.status != FERRY_NO_SPACE &&
         cause.status != FERRY_NO_MEMORY))
        return;
    ferryi_fail(error, cause.status, 0,
                "%.200s: each of %u slots has room for the largest frame, %llu bytes; --slots 2 "
                "uses fewer slots, and --capacity SIZE skips larger frames",
                cause.message, (unsigned)(o->slots != 0 ? o->slots : FERRY_DEFAULT_SLOTS),
                (unsigned long long)slot_bytes);
}

ferry_status open_channel(ferry_producer **out, const producer_options *o, const source *from,
                          app_rate rate, ferry_error *error) {
    /* A pattern without a pace is like a file: it can wait. */
    bool drops = from->live && (rate.frames > 0 || from->is_piped);
    if (o->when_full != FULL_AS_SOURCE)
        drops = o->when_full == FULL_DROP;
    ferry_producer_options options = FERRY_PRODUCER_OPTIONS_INIT;
    options.name = o->common.name;
    options.slots = o->slots;
    options.max_held = o->max_held;
    options.dialect = o->form.dialect;
    if (o->form.dialect == FERRY_DIALECT_NATIVE)
        options.slot_bytes = open_slot_bytes(o, from);
    options.group_sharing = o->common.share.with;
    options.group_name = o->common.share.group;
    options.adopt = o->adopts;
    if (o->form.dialect == FERRY_DIALECT_BASEIMAGE)
        options.event_name = o->event_name;
    options.when_full = drops ? FERRY_WHEN_FULL_DROP : FERRY_WHEN_FULL_WAIT;
    options.full_timeout_ns = FULL_SLICE_NS;
    options.stall_limit_ns = usual_stall_limit_ns(from, drops);
    options.early_bytes = o->shows_early ? FERRY_EARLY_BYTES_USUAL : 0;
    if (o->has_stall_limit)
        options.stall_limit_ns = o->stall_limit_ns;
    ferry_status status = ferry_producer_create(out, &options, error);
    if (status != FERRY_OK)
        explain_size(o, options.slot_bytes, error);
    return status;
}
