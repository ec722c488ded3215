/* Bytes that a hostile peer writes: values that code is likely to trip over, at random places. The
 * sequence depends on the seed only. Include after process_support.h. */
#ifndef FERRY_TEST_VANDAL_H
#define FERRY_TEST_VANDAL_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <frameferry/clock.h>

#include "platform/shm.h"

typedef struct vandal {
    uint64_t random; /* state of the generator */
    uint8_t *base;   /* what is written to */
    size_t bytes;
} vandal;

/* Source: Marsaglia, Xorshift RNGs, 2003. */
static inline uint64_t vandal_random(vandal *v) {
    v->random ^= v->random << 13;
    v->random ^= v->random >> 7;
    v->random ^= v->random << 17;
    return v->random;
}

/* The seed of a run: FERRY_TEST_SEED repeats one. */
static inline uint64_t vandal_seed(void) {
    const char *given = getenv("FERRY_TEST_SEED");
    uint64_t seed = given != NULL ? strtoull(given, NULL, 10) : ferry_clock_ns();
    if (seed == 0)
        seed = 1;
    fprintf(stderr, "FERRY_TEST_SEED=%llu\n", (unsigned long long)seed);
    return seed;
}

static inline uint64_t vandal_value(vandal *v) {
    static const uint64_t values[] = {
        0,
        1,
        2,
        3,
        63,
        64,
        65,
        255,
        4096,
        INT32_MAX,
        UINT64_C(1) << 31,
        UINT32_MAX,
        UINT64_C(1) << 32,
        UINT64_C(1) << 55,
        UINT64_MAX >> 8,
        (UINT64_MAX >> 8) + 1,
        INT64_MAX,
        UINT64_C(1) << 63,
        UINT64_MAX - 1,
        UINT64_MAX,
    };
    uint64_t roll = vandal_random(v) >> 8;
    switch (roll % 4) {
    case 0: return vandal_random(v);
    case 1: return vandal_random(v) >> (roll / 4 % 64);
    default: return values[roll / 4 % (sizeof values / sizeof values[0])];
    }
}

/* Overwrites some bytes in [from, from + length), now and then all of them. */
static inline void vandal_write(vandal *v, size_t from, size_t length) {
    uint64_t value = vandal_value(v);
    uint64_t roll = vandal_random(v) >> 8;
    if (roll % 1000 == 0) {
        memset(v->base + from, (int)value, length);
        return;
    }
    size_t width = (size_t)1 << roll / 1000 % 4;
    if (width > length)
        return;
    size_t at = from + vandal_random(v) % (length - width + 1);
    if (roll / 8000 % 4 != 0)
        at = at / width * width; /* most fields are aligned */
    memcpy(v->base + at, &value, width);
}

/* Maps an object as any program of the same user can. */
static inline void vandal_map(vandal *v, const char *shared_name) {
    ferryi_shm shm = FERRYI_SHM_INIT;
    CHILD_CHECK(ferryi_shm_open(&shm, shared_name, FERRYI_SHM_WRITE, FERRYI_NOT_SHARED, NULL) ==
                FERRY_OK);
    ferryi_shm_let_name_go(&shm);
    v->bytes = (size_t)shm.size_bytes;
    v->base = shm.base;
}

#endif
