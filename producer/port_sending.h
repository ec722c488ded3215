/* The loop of ferry-producer without a channel: from a source straight to a program of another
 * convention. For the main thread. */
#ifndef PRODUCER_PORT_SENDING_H
#define PRODUCER_PORT_SENDING_H

#include "options.h"
#include "sources/source.h"

/* Sends everything, waits until the other side has taken the last message where that can be known,
 * and closes the source. Failures are reported. Returns the exit code. */
int port_sending_run(const producer_options *o, source *from);

/* From a handler of host_catch_stop: what waits returns soon. */
void port_sending_interrupt(void);

#endif
