/* Sets of up to 64 small numbers, such as the slots of a channel: bit N of a mask stands for N. */
#ifndef FERRYI_SUPPORT_BITS_H
#define FERRYI_SUPPORT_BITS_H

#include <stdbool.h>
#include <stdint.h>

enum { FERRYI_BITS = 64 };

/* The mask that holds one number only. The number is below FERRYI_BITS: the caller has checked it
 * if it comes from shared memory. */
static inline uint64_t ferryi_bits_one(uint32_t number) {
    return UINT64_C(1) << number;
}

/* Whether a mask holds a number below FERRYI_BITS. */
static inline bool ferryi_bits_has(uint64_t mask, uint32_t number) {
    return (mask >> number & 1) != 0;
}

/* How many numbers a mask holds. */
static inline uint32_t ferryi_bits_count(uint64_t mask) {
    uint32_t count = 0;
    for (; mask != 0; mask &= mask - 1) /* takes the lowest bit away */
        count++;
    return count;
}

#endif
