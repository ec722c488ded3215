/* Words for what is a number in a look. */
#ifndef NAMES_H
#define NAMES_H

#include <frameferry/peek.h>

const char *names_dialect(uint32_t dialect);
const char *names_when_full(uint32_t policy);
const char *names_delivery(uint32_t delivery);

/* live, left, evicted or dead */
const char *names_consumer_state(const ferry_peek_consumer *c);

#endif
