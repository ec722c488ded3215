#include "report.h"

#include <inttypes.h>
#include <stdio.h>

#include <frameferry/producer.h>

#include "shared/message.h"

#define INTERVAL_NS (FERRY_SECOND_NS / 4)

void report_sent(report *r) {
    r->last_ns = ferry_clock_ns();
    if (r->first_ns == 0)
        r->first_ns = r->last_ns;
}

/* How far behind the slowest consumer is that has not been evicted. */
static uint64_t slowest_lag(ferry_producer *producer, size_t *count) {
    ferry_consumer_info list[FERRY_MAX_CONSUMERS];
    uint64_t lag = 0;
    *count = ferry_producer_list_consumers(producer, list, FERRY_MAX_CONSUMERS);
    for (size_t i = 0; i < *count && i < FERRY_MAX_CONSUMERS; i++)
        if (list[i].evicted == 0 && list[i].lag > lag)
            lag = list[i].lag;
    return lag;
}

/* A line of a terminal is short. */
static int decimals(double value) {
    return value < 99.95 ? 1 : 0;
}

static void show(const report *r, const ferry_producer_counters *now, uint64_t elapsed_ns) {
    size_t consumers = 0;
    uint64_t lag = slowest_lag(r->producer, &consumers);
    double seconds = (double)elapsed_ns / 1e9;
    double fps = seconds > 0 ? (double)(now->published - r->before.published) / seconds : 0;
    double rate = seconds > 0 ? (double)(now->bytes - r->before.bytes) / seconds / 1e6 : 0;
    app_message_progress("%" PRIu64 " sent, %.*f fps, %.*f MB/s, %zu consumer%s, lag %" PRIu64
                         ", %" PRIu64 " dropped",
                         now->published, decimals(fps), fps, decimals(rate), rate, consumers,
                         consumers == 1 ? "" : "s", lag, now->dropped);
}

void report_progress(report *r) {
    if (!r->is_shown)
        return;
    uint64_t now_ns = ferry_clock_ns();
    if (r->shown_ns != 0 && now_ns - r->shown_ns < (uint64_t)INTERVAL_NS)
        return;
    ferry_producer_counters counters;
    ferry_producer_get_counters(r->producer, &counters);
    show(r, &counters, r->shown_ns == 0 ? 0 : now_ns - r->shown_ns);
    r->before = counters;
    r->shown_ns = now_ns;
}

void report_clear(report *r) {
    if (r->is_shown)
        app_message_clear_progress();
    r->is_shown = false;
}

static void sum_up(const report *r, const ferry_producer_counters *counters,
                   const source_losses *losses) {
    double seconds = (double)(r->last_ns - r->first_ns) / 1e9;
    unsigned long long sent = counters->published;
    char rate[80] = "";
    char left_out[60] = "";
    char overtaken[60] = "";
    /* The first frame has no time before it, so that it counts for nothing here. */
    if (sent > 1 && seconds > 0) {
        double fps = (double)(sent - 1) / seconds;
        snprintf(rate, sizeof rate, " in %.2f s (%.1f fps, %.1f MB/s)", seconds, fps,
                 (double)counters->bytes / (double)sent * fps / 1e6);
    }
    if (losses->files > 0)
        snprintf(left_out, sizeof left_out, ", %" PRIu64 " file%s skipped", losses->files,
                 losses->files == 1 ? "" : "s");
    if (losses->frames > 0)
        snprintf(overtaken, sizeof overtaken, ", %" PRIu64 " skipped on the way", losses->frames);
    app_message_inform("%llu frame%s sent%s, %llu dropped%s%s", sent, sent == 1 ? "" : "s", rate,
                       (unsigned long long)counters->dropped, left_out, overtaken);
}

void report_summary(const report *r, const ferry_producer_counters *counters,
                    const source_losses *losses, bool has_failed) {
    if (!has_failed || counters->published > 0 || counters->dropped > 0)
        sum_up(r, counters, losses);
    if (counters->evicted > 0)
        app_message_warn("%llu consumer%s evicted for not advancing",
                         (unsigned long long)counters->evicted,
                         counters->evicted == 1 ? " was" : "s were");
}
