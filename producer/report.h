/* Progress of ferry-producer on the terminal, and the summary. For the main thread. */
#ifndef PRODUCER_REPORT_H
#define PRODUCER_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include <frameferry/frameferry.h>

#include "sources/source.h"

typedef struct report {
    ferry_producer *producer;
    bool is_shown;     /* standard error is a terminal that shows progress */
    uint64_t first_ns; /* when the first and the last frame were sent; 0: none was */
    uint64_t last_ns;

    uint64_t shown_ns;              /* when the line was renewed; 0: not yet */
    ferry_producer_counters before; /* and the figures of then */
} report;

/* To be called for each frame that was sent. */
void report_sent(report *r);

/* To be called as often as may be: renews the line a few times a second. */
void report_progress(report *r);

/* Takes the line away. */
void report_clear(report *r);

/* The last words, with the counters of a producer that may be closed by now and with what the
 * source has left out. Nothing is summed up when something failed that kept all frames from being
 * sent. */
void report_summary(const report *r, const ferry_producer_counters *counters,
                    const source_losses *losses, bool has_failed);

#endif
