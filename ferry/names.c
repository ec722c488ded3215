#include "names.h"

const char *names_dialect(uint32_t dialect) {
    return dialect == FERRY_DIALECT_NATIVE ? "native" : "baseimage";
}

const char *names_when_full(uint32_t policy) {
    return policy == FERRY_WHEN_FULL_DROP ? "drop" : "wait";
}

const char *names_delivery(uint32_t delivery) {
    return delivery == FERRY_DELIVERY_EVERY ? "every" : "latest";
}

const char *names_consumer_state(const ferry_peek_consumer *c) {
    if (c->is_alive == 0)
        return "dead";
    if (c->has_left != 0)
        return "left";
    return c->info.evicted != 0 ? "evicted" : "live";
}
