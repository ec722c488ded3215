/* The letters name ordered accesses and their partners; docs/memory-model.md has the table. */
#include "channel/gate.h"

#include "platform/clock.h"

enum { PAUSE_NS = 10000 };

bool ferryi_gate_enter(ferry_consumer *c) {
    /* Z1, then Z2: sequentially consistent with Z3 and Z4. Either we find the gate shut, or the
     * thread that shuts it finds us inside. Z2 pairs with Z5: what attaching has set is seen. */
    atomic_fetch_add_explicit(&c->visitors, 1, memory_order_seq_cst);
    if (atomic_load_explicit(&c->is_open, memory_order_seq_cst))
        return true;
    ferryi_gate_exit(c);
    return false;
}

void ferryi_gate_exit(ferry_consumer *c) {
    /* Z6 pairs with Z4: what was read inside was read before it goes. */
    atomic_fetch_sub_explicit(&c->visitors, 1, memory_order_release);
}

void ferryi_gate_open(ferry_consumer *c) {
    atomic_store_explicit(&c->is_open, true, memory_order_release); /* Z5, as above */
}

void ferryi_gate_shut(ferry_consumer *c) {
    /* Z3, then Z4, as above. */
    atomic_store_explicit(&c->is_open, false, memory_order_seq_cst);
    while (atomic_load_explicit(&c->visitors, memory_order_seq_cst) != 0)
        ferryi_clock_pause(PAUSE_NS);
}
