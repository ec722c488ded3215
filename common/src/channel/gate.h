/* The gate of a consumer's handle: who may use what attaching sets.
 *
 * A call that may come from any thread, or from a signal handler, uses the mappings, the record and
 * the rest only inside the gate. Attaching again shuts it first, and goes on when nobody is inside.
 * The acquiring thread needs no gate, since it is the one that attaches. Nor does a release of a
 * frame in hand: while one is in hand nothing is detached. */
#ifndef FERRYI_CHANNEL_GATE_H
#define FERRYI_CHANNEL_GATE_H

#include "channel/consumer_handle.h"

/* True: what attaching has set can be used until ferryi_gate_exit. False: nothing is attached. */
bool ferryi_gate_enter(ferry_consumer *consumer);
void ferryi_gate_exit(ferry_consumer *consumer);

/* The acquiring thread's. Shutting waits until nobody is inside, which is a moment. */
void ferryi_gate_open(ferry_consumer *consumer);
void ferryi_gate_shut(ferry_consumer *consumer);

#endif
