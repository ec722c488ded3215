/* From options to a source and a channel. For the main thread. */
#ifndef PRODUCER_OPEN_H
#define PRODUCER_OPEN_H

#include <stdbool.h>

#include <frameferry/frameferry.h>

#include "options.h"
#include "shared/parse.h"
#include "sources/source.h"

/* Opens what the command line names, with all that comes between it and the loop: other formats,
 * work ahead. Returns what the kinds of sources return; the error has a sentence. Files and frames
 * that are left out are counted in *losses. */
ferry_status open_source(source **out, const producer_options *o, source_losses *losses,
                         ferry_error *error);

/* The pace: what was asked for, else the source's own, else what is usual. */
app_rate open_rate(const producer_options *o, const source *from);

/* The size of a slot: --capacity, else what the source needs, or the library's default if that is
 * larger. */
uint64_t open_slot_bytes(const producer_options *o, const source *from);

/* Opens a channel for frames at that pace. Returns as ferry_producer_create. */
ferry_status open_channel(ferry_producer **out, const producer_options *o, const source *from,
                          app_rate rate, ferry_error *error);

#endif
