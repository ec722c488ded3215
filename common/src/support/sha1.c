#include "support/sha1.h"

#include <string.h>

enum { BLOCK_BYTES = 64, LENGTH_BYTES = 8, WORDS = 5, ROUNDS = 80 };

static uint32_t rotate(uint32_t word, unsigned bits) {
    return word << bits | word >> (32 - bits);
}

static uint32_t load_word(const uint8_t *from) {
    return (uint32_t)from[0] << 24 | (uint32_t)from[1] << 16 | (uint32_t)from[2] << 8 | from[3];
}

/* The function and the constant of a round (4.1.1, 4.2.1). */
static uint32_t mix(unsigned round, uint32_t b, uint32_t c, uint32_t d) {
    switch (round / 20) {
    case 0: return ((b & c) ^ (~b & d)) + 0x5a827999u;
    case 1: return (b ^ c ^ d) + 0x6ed9eba1u;
    case 2: return ((b & c) ^ (b & d) ^ (c & d)) + 0x8f1bbcdcu;
    default: return (b ^ c ^ d) + 0xca62c1d6u;
    }
}

/* 6.1.2 */
static void take_block(uint32_t hash[WORDS], const uint8_t block[BLOCK_BYTES]) {
    uint32_t schedule[ROUNDS];
    for (unsigned i = 0; i < 16; i++)
        schedule[i] = load_word(block + (size_t)4 * i);
    for (unsigned i = 16; i < ROUNDS; i++)
        schedule[i] =
            rotate(schedule[i - 3] ^ schedule[i - 8] ^ schedule[i - 14] ^ schedule[i - 16], 1);
    uint32_t a = hash[0], b = hash[1], c = hash[2], d = hash[3], e = hash[4];
    for (unsigned i = 0; i < ROUNDS; i++) {
        uint32_t next = rotate(a, 5) + mix(i, b, c, d) + e + schedule[i];
        e = d;
        d = c;
        c = rotate(b, 30);
        b = a;
        a = next;
    }
    hash[0] += a;
    hash[1] += b;
    hash[2] += c;
    hash[3] += d;
    hash[4] += e;
}

/* The end behind the last whole block: a bit, zeros and the length in bits (5.1.1). */
static void take_rest(uint32_t hash[WORDS], const uint8_t *rest, size_t rest_bytes,
                      uint64_t all_bytes) {
    uint8_t blocks[2 * BLOCK_BYTES] = {0};
    size_t used = rest_bytes + 1 + LENGTH_BYTES <= BLOCK_BYTES ? BLOCK_BYTES : 2 * BLOCK_BYTES;
    if (rest_bytes > 0)
        memcpy(blocks, rest, rest_bytes);
    blocks[rest_bytes] = 0x80;
    for (size_t i = 0; i < LENGTH_BYTES; i++)
        blocks[used - 1 - i] = (uint8_t)(all_bytes * 8 >> 8 * i);
    for (size_t i = 0; i < used; i += BLOCK_BYTES)
        take_block(hash, blocks + i);
}

void ferryi_sha1(uint8_t out[FERRYI_SHA1_BYTES], const void *bytes, size_t count) {
    uint32_t hash[WORDS] = {0x67452301u, 0xefcdab89u, 0x98badcfeu, 0x10325476u, 0xc3d2e1f0u};
    const uint8_t *next = bytes;
    size_t left = count;
    for (; left >= BLOCK_BYTES; left -= BLOCK_BYTES, next += BLOCK_BYTES)
        take_block(hash, next);
    take_rest(hash, next, left, count);
    for (size_t i = 0; i < FERRYI_SHA1_BYTES; i++)
        out[i] = (uint8_t)(hash[i / 4] >> (24 - 8 * (i % 4)));
}
