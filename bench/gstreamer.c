/* GStreamer's shmsink and shmsrc. Buffers are pushed straight into the sink, which copies each into
 * shared memory; the receiver takes them from an appsink, where they lie. */
#include <gst/app/gstappsink.h>
#include <gst/gst.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench.h"

enum { PATH_BYTES = 100, AREA_BYTES = 40, DESCRIPTION_BYTES = 400 };

typedef struct sender {
    GstElement *pipeline, *sink;
    GstPad *pad;
    gint clients; /* by g_atomic_int */
} sender;

typedef struct receiver {
    GstElement *pipeline;
    GstAppSink *sink;
    GstSample *sample;
    GstMapInfo map;
} receiver;

static void path_of(char path[static PATH_BYTES], const bench_plan *plan) {
    snprintf(path, PATH_BYTES, "/tmp/%s", plan->channel);
}

static GstElement *launch(bench_end *end, const char *description) {
    GError *error = NULL;
    gst_init(NULL, NULL);
    GstElement *pipeline = gst_parse_launch(description, &error);
    if (error != NULL) {
        bench_fail(end, "%s", error->message);
        g_error_free(error);
    }
    return pipeline;
}

static void count_client(GstElement *sink, gint descriptor, gpointer argument) {
    (void)sink, (void)descriptor;
    sender *s = argument;
    g_atomic_int_inc(&s->clients);
}

/* Sends the events that begin every stream. */
static bool begin_stream(sender *s) {
    GstSegment segment;
    gst_segment_init(&segment, GST_FORMAT_BYTES);
    s->pad = gst_pad_new("bench", GST_PAD_SRC);
    GstPad *to = gst_element_get_static_pad(s->sink, "sink");
    bool linked = gst_pad_set_active(s->pad, TRUE) && gst_pad_link(s->pad, to) == GST_PAD_LINK_OK;
    gst_object_unref(to);
    return linked && gst_pad_push_event(s->pad, gst_event_new_stream_start("bench")) &&
           gst_pad_push_event(
               s->pad, gst_event_new_caps(gst_caps_new_empty_simple("application/x-bench"))) &&
           gst_pad_push_event(s->pad, gst_event_new_segment(&segment));
}

static bool open_producer(bench_end *end) {
    const bench_plan *plan = end->plan;
    char path[PATH_BYTES], description[DESCRIPTION_BYTES];
    path_of(path, plan);
    /* The area has to hold the frames under way and what the allocator adds to each. As it comes it
     * has 64 MiB. */
    char area[AREA_BYTES] = "";
    if (plan->slots != 0)
        snprintf(area, sizeof area, "shm-size=%llu",
                 (unsigned long long)plan->slots * (plan->length_bytes + 8192ULL));
    snprintf(description, sizeof description,
             "shmsink name=sink socket-path=%s %s wait-for-connection=true sync=false async=false",
             path, area);
    sender *s = calloc(1, sizeof *s);
    if (s == NULL)
        return bench_fail(end, "out of memory");
    end->own = s;
    s->pipeline = launch(end, description);
    if (s->pipeline == NULL)
        return false;
    /* One element alone is no bin. */
    s->sink = s->pipeline;
    g_signal_connect(s->sink, "client-connected", G_CALLBACK(count_client), s);
    if (gst_element_set_state(s->pipeline, GST_STATE_PLAYING) == GST_STATE_CHANGE_FAILURE)
        return bench_fail(end, "shmsink does not start");
    return begin_stream(s) || bench_fail(end, "shmsink takes no stream");
}

static bool settled(bench_end *end) {
    sender *s = end->own;
    return g_atomic_int_get(&s->clients) >= (gint)end->plan->consumers;
}

/* The sink has copied the picture when the call returns. */
static bool send_frame(bench_end *end, const uint8_t *pixels) {
    sender *s = end->own;
    GstBuffer *buffer = gst_buffer_new_wrapped_full(GST_MEMORY_FLAG_READONLY, (gpointer)pixels,
                                                    end->plan->length_bytes, 0,
                                                    end->plan->length_bytes, NULL, NULL);
    return gst_pad_push(s->pad, buffer) == GST_FLOW_OK ||
           bench_fail(end, "shmsink did not take a frame");
}

static void close_producer(bench_end *end) {
    sender *s = end->own;
    gst_element_set_state(s->pipeline, GST_STATE_NULL);
    gst_object_unref(s->pad);
    gst_object_unref(s->pipeline);
    free(s);
}

static bool open_consumer(bench_end *end) {
    char path[PATH_BYTES], description[DESCRIPTION_BYTES];
    path_of(path, end->plan);
    /* As it comes the queue of an appsink has no end: the area has. */
    snprintf(description, sizeof description,
             "shmsrc socket-path=%s ! appsink name=sink sync=false %s", path,
             end->plan->slots != 0 ? "max-buffers=1" : "");
    receiver *r = calloc(1, sizeof *r);
    if (r == NULL)
        return bench_fail(end, "out of memory");
    end->own = r;
    r->pipeline = launch(end, description);
    if (r->pipeline == NULL)
        return false;
    r->sink = GST_APP_SINK(gst_bin_get_by_name(GST_BIN(r->pipeline), "sink"));
    if (gst_element_set_state(r->pipeline, GST_STATE_PLAYING) == GST_STATE_CHANGE_FAILURE)
        return bench_fail(end, "shmsrc does not start");
    return true;
}

static bench_news acquire(bench_end *end, const uint8_t **pixels) {
    receiver *r = end->own;
    r->sample = gst_app_sink_try_pull_sample(r->sink, BENCH_SLICE_NS);
    if (r->sample == NULL)
        return gst_app_sink_is_eos(r->sink) ? BENCH_CLOSED : BENCH_NONE;
    if (!gst_buffer_map(gst_sample_get_buffer(r->sample), &r->map, GST_MAP_READ)) {
        gst_sample_unref(r->sample);
        bench_fail(end, "a buffer cannot be mapped");
        return BENCH_CLOSED;
    }
    *pixels = r->map.data;
    return r->map.size == end->plan->length_bytes ? BENCH_FRAME : BENCH_TORN;
}

static bench_news release(bench_end *end) {
    receiver *r = end->own;
    gst_buffer_unmap(gst_sample_get_buffer(r->sample), &r->map);
    gst_sample_unref(r->sample);
    return BENCH_FRAME;
}

static void close_consumer(bench_end *end) {
    receiver *r = end->own;
    gst_element_set_state(r->pipeline, GST_STATE_NULL);
    gst_object_unref(r->sink);
    gst_object_unref(r->pipeline);
    free(r);
}

static void clean(const bench_plan *plan) {
    char path[PATH_BYTES];
    path_of(path, plan);
    remove(path);
}

static const bench_transport gstreamer = {
    .name = "gstreamer-shm",
    .many = true,
    .clean = clean,
    .open_producer = open_producer,
    .settled = settled,
    .send = send_frame,
    .close_producer = close_producer,
    .open_consumer = open_consumer,
    .acquire = acquire,
    .release = release,
    .close_consumer = close_consumer,
};

const bench_transport *const bench_transports[] = {&gstreamer, NULL};
