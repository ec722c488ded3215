#include "stats.h"

#include <inttypes.h>
#include <string.h>

#include <frameferry/consumer.h>

#include "receive.h"
#include "shared/json.h"
#include "shared/message.h"
#include "shared/output.h"
#include "shared/wall.h"

void stats_note(stats *s, int64_t latency_ns) {
    if (s->interval.length_ns != 0)
        app_histogram_add(&s->latency, latency_ns > 0 ? (uint64_t)latency_ns : 0);
}

int64_t stats_slice_ns(const stats *s, int64_t limit_ns) {
    return app_interval_left_ns(&s->interval, ferry_clock_ns(), limit_ns);
}

/* What is said. */
typedef struct figures {
    double seconds, fps, p50_ms, p99_ms;
    uint64_t received, skipped, dropped, lag;
} figures;

static double milliseconds(const stats *s, unsigned thousandths) {
    return (double)app_histogram_at(&s->latency, thousandths) / 1e6;
}

static figures look(const receiver *r, uint64_t elapsed_ns) {
    const stats *s = &r->stats;
    figures f = {.seconds = (double)elapsed_ns / 1e9,
                 .p50_ms = milliseconds(s, 500),
                 .p99_ms = milliseconds(s, 990),
                 .received = r->totals.received,
                 .skipped = r->totals.skipped,
                 .dropped = r->totals.dropped};
    f.fps = (double)s->latency.count / f.seconds;
    if (r->consumer == NULL)
        return f;
    ferry_consumer_counters here;
    ferry_consumer_get_counters(r->consumer, &here);
    f.received += here.received;
    f.skipped += here.skipped;
    f.dropped += here.dropped - r->dropped;
    f.lag = here.pending;
    return f;
}

static void say(const figures *f) {
    app_message_figures("%.1f fps, latency %.3f ms (p50) %.3f ms (p99), %" PRIu64
                        " received, %" PRIu64 " skipped, %" PRIu64 " dropped, lag %" PRIu64,
                        f->fps, f->p50_ms, f->p99_ms, f->received, f->skipped, f->dropped, f->lag);
}

static bool write_object(const receiver *r, const figures *f) {
    bool has_latency = r->stats.latency.count != 0;
    app_line line = APP_LINE_INIT;
    app_json_begin(&line, "stats", app_wall_at(ferry_clock_ns()));
    app_json_real(&line, "seconds", f->seconds);
    app_json_real(&line, "fps", f->fps);
    if (has_latency) {
        app_json_real(&line, "latency_p50_ms", f->p50_ms);
        app_json_real(&line, "latency_p99_ms", f->p99_ms);
    } else {
        app_json_text(&line, "latency_p50_ms", NULL);
        app_json_text(&line, "latency_p99_ms", NULL);
    }
    app_json_number(&line, "received", f->received);
    app_json_number(&line, "skipped", f->skipped);
    app_json_number(&line, "dropped", f->dropped);
    app_json_number(&line, "lag", f->lag);
    app_json_end(&line);
    bool written = app_output_line(&line);
    app_line_free(&line);
    return written;
}

void stats_tick(receiver *r) {
    stats *s = &r->stats;
    uint64_t elapsed_ns = 0;
    if (s->interval.length_ns == 0 || r->is_mute ||
        !app_interval_is_over(&s->interval, ferry_clock_ns(), &elapsed_ns))
        return;
    figures f = look(r, elapsed_ns);
    if (!r->options->json)
        say(&f);
    else if (!write_object(r, &f))
        receive_fail(r);
    memset(&s->latency, 0, sizeof s->latency);
}
