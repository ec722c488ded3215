/* ferry-producer: sends image files or a test picture into a channel. */
#include <stdatomic.h>
#include <stdio.h>

#include <frameferry/frameferry.h>
#include <frameferry/host.h>

#include "arguments.h"
#include "launch.h"
#include "message.h"
#include "options.h"
#include "source.h"
#include "stream.h"

/* A live source gives a consumer that does not move so long before it goes on without it. */
#define LIVE_STALL_LIMIT_NS (2 * FERRY_SECOND_NS)
/* How long a call waits for a free slot before the loop looks around. */
#define FULL_SLICE_NS (FERRY_SECOND_NS / 10)

/* The handle that Ctrl-C interrupts; NULL: there is none. */
static _Atomic(ferry_producer *) current;

static void on_stop(void *argument) {
    (void)argument;
    ferry_producer *producer = atomic_load(&current);
    if (producer != NULL)
        ferry_producer_interrupt(producer);
}

static int fail(const ferry_error *error) {
    ferryi_message_fail("%s", error->message);
    return FERRYI_EXIT_FAILED;
}

static uint64_t slot_bytes(const producer_options *o) {
    return o->capacity_bytes != 0 ? o->capacity_bytes : FERRY_DEFAULT_SLOT_BYTES;
}

/* Drawing a pattern that fits no slot would go on for ever without sending anything. */
static ferry_status open_pattern(source **out, const producer_options *o, ferry_error *error) {
    pattern_request request = o->pattern;
    if (request.format == 0)
        request.format =
            o->dialect == FERRY_DIALECT_BASEIMAGE ? FERRY_FORMAT_BGR24 : FERRY_FORMAT_RGB24;
    ferry_frame_info info = {.width = request.width, .height = request.height};
    ferry_layout layout;
    ferry_status status =
        ferry_layout_compute(&layout, request.format, request.width, request.height, 0);
    info.length_bytes = status == FERRY_OK ? layout.length_bytes : UINT32_MAX;
    if (!source_fits(o->sources[0], &info, slot_bytes(o), o->dialect, error))
        return error->status;
    return source_open_pattern(out, &request, error);
}

static ferry_status open_source(source **out, const producer_options *o, ferry_error *error) {
    if (o->is_pattern)
        return open_pattern(out, o, error);
    files_request request = {.paths = o->sources,
                             .count = o->source_count,
                             .loop = o->loop,
                             .dialect = o->dialect,
                             .slot_bytes = slot_bytes(o)};
    return source_open_files(out, &request, error);
}

static ferry_status open_channel(ferry_producer **out, const producer_options *o,
                                 const source *from, ferry_error *error) {
    /* A picture that keeps nobody's pace is like a file: it can wait. */
    bool live = from->live && o->rate.frames > 0;
    ferry_producer_options options = FERRY_PRODUCER_OPTIONS_INIT;
    options.name = o->name;
    options.slots = o->slots;
    options.dialect = o->dialect;
    options.slot_bytes = o->capacity_bytes;
    options.when_full = live ? FERRY_WHEN_FULL_DROP : FERRY_WHEN_FULL_WAIT;
    options.full_timeout_ns = FULL_SLICE_NS;
    options.stall_limit_ns = live ? LIVE_STALL_LIMIT_NS : FERRY_FOREVER;
    return ferry_producer_create(out, &options, error);
}

static void summarize(const stream *s, const ferry_producer_counters *counters) {
    double seconds = (double)(s->last_ns - s->first_ns) / 1e9;
    unsigned long long sent = counters->published;
    char rate[80] = "";
    /* The first frame has no time before it, so that it counts for nothing here. */
    if (sent > 1 && seconds > 0) {
        double fps = (double)(sent - 1) / seconds;
        snprintf(rate, sizeof rate, " in %.2f s (%.1f fps, %.1f MB/s)", seconds, fps,
                 (double)counters->bytes / (double)sent * fps / 1e6);
    }
    ferryi_message_inform("%llu frame%s sent%s, %llu dropped", sent, sent == 1 ? "" : "s", rate,
                          (unsigned long long)counters->dropped);
    if (counters->evicted > 0)
        ferryi_message_warn("%llu consumer%s evicted for standing still",
                            (unsigned long long)counters->evicted,
                            counters->evicted == 1 ? " was" : "s were");
}

static void configure_launch(launch *l, const producer_options *o, ferry_producer *producer) {
    launch_init(l, producer, o->launch, o->name);
    l->waits = o->wait != WAIT_NOT;
    l->may_stay_silent = o->dialect == FERRY_DIALECT_BASEIMAGE;
    if (o->wait == WAIT_LIMITED)
        l->limit_ns = o->wait_ns;
}

/* Sends everything and ends the channel. */
static int send_all(const producer_options *o, source *from, ferry_producer *producer) {
    launch l;
    configure_launch(&l, o, producer);
    stream s = {.options = o, .source = from, .producer = producer, .launch = &l};
    atomic_store(&current, producer);
    int code = stream_wait_first(&s);
    if (code == FERRYI_EXIT_FINE)
        code = stream_run(&s);
    ferry_producer_counters counters;
    ferry_producer_get_counters(producer, &counters);
    atomic_store(&current, NULL);
    ferry_producer_close(&producer);
    if (!launch_finish(&l) && code == FERRYI_EXIT_FINE)
        code = FERRYI_EXIT_FAILED;
    summarize(&s, &counters);
    return code;
}

static int run(const producer_options *o) {
    ferry_error error;
    source *from = NULL;
    if (open_source(&from, o, &error) != FERRY_OK)
        return ferryi_host_stop_count() > 0 ? FERRYI_EXIT_FINE : fail(&error);
    ferry_producer *producer = NULL;
    int code = FERRYI_EXIT_FAILED;
    if (open_channel(&producer, o, from, &error) == FERRY_OK)
        code = send_all(o, from, producer);
    else
        fail(&error);
    from->close(from);
    return code;
}

int main(int count, char **arguments) {
    ferryi_host_secure_streams();
    ferryi_message_start("ferry-producer");
    producer_options options;
    int code = options_parse(&options, count, arguments);
    if (code != FERRYI_ARGUMENTS_RUN)
        return code;
    ferry_error error;
    if (ferryi_host_catch_stop(on_stop, NULL, &error) != FERRY_OK)
        return fail(&error);
    if (ferry_guard_install() != FERRY_OK)
        ferryi_message_warn("shared memory that is cut short will end this program");
    return run(&options);
}
