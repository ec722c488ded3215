/* The loop of ferry-producer: from a source into the channel, at a steady pace. For the main
 * thread. */
#ifndef PRODUCER_SENDING_H
#define PRODUCER_SENDING_H

#include <stdint.h>

#include "culprit.h"
#include "launch.h"
#include "names.h"
#include "news.h"
#include "options.h"
#include "pace.h"
#include "report.h"
#include "sources/source.h"

typedef struct sending {
    const producer_options *options;
    source *source;
    ferry_producer *producer;
    launch *launch;
    pace pace; /* with its rate set */
    report report;
    news news;
    culprit culprit;
    names_watch names; /* with its channel set */
    uint64_t attempts; /* frames sent or dropped */
} sending;

/* Waits for the first consumer as the options say; from here on, a stop has to interrupt the
 * producer. Returns APP_EXIT_FINE to go on, also when the
 * user asked to stop, or the exit code. */
int sending_wait_first(sending *s);

/* Sends frames until the source ends, the count is reached, the user asks to stop, or it fails.
 * Returns the exit code. */
int sending_run(sending *s);

#endif
