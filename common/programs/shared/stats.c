#include "shared/stats.h"

#include <inttypes.h>
#include <string.h>

#include <frameferry/clock.h>

#include "shared/json.h"
#include "shared/message.h"
#include "shared/output.h"
#include "shared/wall.h"

void app_stats_note(app_stats *s, int64_t latency_ns) {
    if (s->interval.length_ns != 0)
        app_histogram_add(&s->latency, latency_ns > 0 ? (uint64_t)latency_ns : 0);
}

int64_t app_stats_slice_ns(const app_stats *s, int64_t limit_ns) {
    return app_interval_left_ns(&s->interval, ferry_clock_ns(), limit_ns);
}

static double milliseconds(const app_stats *s, unsigned thousandths) {
    return (double)app_histogram_at(&s->latency, thousandths) / 1e6;
}

bool app_stats_take(app_stats *s, app_stats_figures *out) {
    uint64_t elapsed_ns = 0;
    if (s->interval.length_ns == 0 ||
        !app_interval_is_over(&s->interval, ferry_clock_ns(), &elapsed_ns))
        return false;
    *out = (app_stats_figures){.seconds = (double)elapsed_ns / 1e9,
                               .has_latency = s->latency.count != 0,
                               .p50_ms = milliseconds(s, 500),
                               .p99_ms = milliseconds(s, 990)};
    out->fps = (double)s->latency.count / out->seconds;
    memset(&s->latency, 0, sizeof s->latency);
    return true;
}

void app_stats_say(const app_stats_figures *f) {
    app_message_figures("%.1f fps, latency %.3f ms (p50) %.3f ms (p99), %" PRIu64
                        " received, %" PRIu64 " skipped, %" PRIu64 " dropped, lag %" PRIu64,
                        f->fps, f->p50_ms, f->p99_ms, f->received, f->skipped, f->dropped, f->lag);
}

bool app_stats_write(const app_stats_figures *f) {
    app_line line = APP_LINE_INIT;
    app_json_begin(&line, "stats", app_wall_at(ferry_clock_ns()));
    app_json_real(&line, "seconds", f->seconds);
    app_json_real(&line, "fps", f->fps);
    if (f->has_latency) {
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
