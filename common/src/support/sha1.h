/* SHA-1, for names only: programs of other libraries make names of a text's SHA-1, and so must we.
 * It protects nothing. Source: FIPS 180-4. */
#ifndef FERRYI_SUPPORT_SHA1_H
#define FERRYI_SUPPORT_SHA1_H

#include <stddef.h>
#include <stdint.h>

enum { FERRYI_SHA1_BYTES = 20 };

/* Writes the SHA-1 of these bytes. */
void ferryi_sha1(uint8_t out[FERRYI_SHA1_BYTES], const void *bytes, size_t count);

#endif
