#include "open.h"

/* Where frames are dropped rather than kept waiting, a consumer that does not move gets so long
 * before the others go on without it. */
#define LIVE_STALL_LIMIT_NS (2 * FERRY_SECOND_NS)
/* What another program writes waits, so that nothing of it is lost, but not for ever. */
#define STREAM_STALL_LIMIT_NS (10 * FERRY_SECOND_NS)
/* How long a call waits for a free slot before the loop looks around. */
#define FULL_SLICE_NS (FERRY_SECOND_NS / 10)

static const ferryi_rate usual_rate = {.frames = 30, .seconds = 1};

/* Drawing a pattern that fits no slot would go on for ever without sending anything. */
static ferry_status check_pattern(const producer_options *o, const pattern_request *request,
                                  ferry_error *error) {
    ferry_frame_info info = {
        .width = request->width, .height = request->height, .format = request->format};
    ferry_frame_info stored;
    ferry_layout layout;
    ferry_status status =
        ferry_layout_compute(&layout, request->format, request->width, request->height, 0);
    info.length_bytes = status == FERRY_OK ? layout.length_bytes : UINT32_MAX;
    status = arrange_describe(&o->how, &info, &stored, error);
    if (status != FERRY_OK)
        return status;
    return source_fits(o->sources[0], &stored, options_slot_bytes(o), o->how.dialect, error)
               ? FERRY_OK
               : error->status;
}

static ferry_status open_pattern(source **out, const producer_options *o, bool *converts,
                                 ferry_error *error) {
    pattern_request request = o->pattern;
    if (request.format == 0)
        request.format = arrange_format(&o->how, FERRY_FORMAT_RGB24);
    request.yuv = o->how.yuv;
    ferry_status status = check_pattern(o, &request, error);
    if (status != FERRY_OK)
        return status;
    *converts = arrange_format(&o->how, request.format) != request.format;
    return source_open_pattern(out, &request, error);
}

static ferry_status open_files(source **out, const producer_options *o, uint64_t *skipped,
                               bool *converts, ferry_error *error) {
    files_request request = {.paths = o->sources,
                             .count = o->source_count,
                             .skipped = skipped,
                             .loop = o->loop,
                             .how = o->how,
                             .slot_bytes = options_slot_bytes(o)};
    *converts = o->how.format != 0 || o->how.dialect != FERRY_DIALECT_NATIVE;
    return source_open_files(out, &request, error);
}

static ferry_status open_stream(source **out, const producer_options *o, bool *converts,
                                ferry_error *error) {
    stream_request request = o->stream;
    request.how = o->how;
    request.slot_bytes = options_slot_bytes(o);
    *converts = o->how.format != 0 || o->how.dialect != FERRY_DIALECT_NATIVE;
    return source_open_stream(out, &request, error);
}

ferry_status open_source(source **out, const producer_options *o, uint64_t *skipped,
                         ferry_error *error) {
    source *made = NULL;
    bool converts = false;
    ferry_status status = o->is_pattern  ? open_pattern(&made, o, &converts, error)
                          : o->is_stream ? open_stream(&made, o, &converts, error)
                                         : open_files(&made, o, skipped, &converts, error);
    if (status != FERRY_OK)
        return status;
    if (converts)
        made = arrange_open(made, &o->how);
    if (made != NULL && made->is_still)
        made = source_keep_still(made);
    else if (made != NULL && made->draw == NULL)
        made = source_work_ahead(made, o->count);
    if (made == NULL) {
        *error = (ferry_error){.status = FERRY_NO_MEMORY, .message = "out of memory"};
        return error->status;
    }
    *out = made;
    return FERRY_OK;
}

ferryi_rate open_rate(const producer_options *o, const source *from) {
    if (o->has_rate)
        return o->rate;
    /* What another program writes and has no rate has the pace of that program. */
    return from->rate.frames > 0 || o->is_stream ? from->rate : usual_rate;
}

static int64_t usual_stall_limit_ns(const producer_options *o, bool drops) {
    if (drops)
        return LIVE_STALL_LIMIT_NS;
    return o->is_stream ? STREAM_STALL_LIMIT_NS : FERRY_FOREVER;
}

ferry_status open_channel(ferry_producer **out, const producer_options *o, const source *from,
                          ferryi_rate rate, ferry_error *error) {
    /* A picture that keeps nobody's pace is like a file: it can wait. */
    bool drops = from->live && rate.frames > 0;
    if (o->when_full != FULL_AS_SOURCE)
        drops = o->when_full == FULL_DROP;
    ferry_producer_options options = FERRY_PRODUCER_OPTIONS_INIT;
    options.name = o->name;
    options.slots = o->slots;
    options.dialect = o->how.dialect;
    options.slot_bytes = o->capacity_bytes;
    options.group_sharing = o->share.with;
    options.group_name = o->share.group;
    options.adopt = o->adopts;
    options.when_full = drops ? FERRY_WHEN_FULL_DROP : FERRY_WHEN_FULL_WAIT;
    options.full_timeout_ns = FULL_SLICE_NS;
    options.stall_limit_ns = usual_stall_limit_ns(o, drops);
    options.early_bytes = o->shows_early ? FERRY_EARLY_BYTES_USUAL : 0;
    if (o->has_stall_limit)
        options.stall_limit_ns = o->stall_limit_ns;
    return ferry_producer_create(out, &options, error);
}
