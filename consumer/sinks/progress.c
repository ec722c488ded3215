#include <frameferry/clock.h>

#include "sinks/sink.h"

#include <inttypes.h>
#include <stdlib.h>

#include "shared/message.h"

#define INTERVAL_NS (FERRY_SECOND_NS / 5)

typedef struct progress {
    sink base;
    uint64_t received;
    uint64_t skipped;
    uint64_t shown_ns;       /* when the line was renewed */
    uint64_t shown_received; /* and what it said then */
} progress;

static bool progress_take(sink *self, receipt *r) {
    progress *p = (progress *)self;
    p->received++;
    p->skipped += r->skipped;
    uint64_t elapsed_ns = r->receive_ns - p->shown_ns;
    if (p->shown_ns == 0)
        p->shown_ns = r->receive_ns;
    else if (elapsed_ns < INTERVAL_NS)
        return true;
    double rate = p->shown_received == 0
                      ? 0
                      : (double)(p->received - p->shown_received) * 1e9 / (double)elapsed_ns;
    char text[SINK_FORMAT_BYTES];
    app_message_progress("%" PRIu64 " received, %.1f fps, %" PRIu64 " skipped, %" PRId32
                         " x %" PRId32 " %s",
                         p->received, rate, p->skipped, r->info->width, r->info->height,
                         sink_format_name(text, r->info->format));
    p->shown_ns = r->receive_ns;
    p->shown_received = p->received;
    return true;
}

static void progress_close(sink *self) {
    app_message_clear_progress();
    free(self);
}

sink *sink_open_progress(void) {
    progress *p = calloc(1, sizeof *p);
    if (p == NULL) {
        app_message_fail("out of memory");
        return NULL;
    }
    p->base = (sink){.take = progress_take, .close = progress_close};
    return &p->base;
}
