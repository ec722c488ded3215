/* Films that have to be decoded, by their first bytes. Pure functions over bytes from outside. */
#ifndef PRODUCER_FILM_KIND_H
#define PRODUCER_FILM_KIND_H

#include <stddef.h>
#include <stdint.h>

/* Enough for every kind. Fewer do for most. */
#define FILM_KIND_BYTES 512

/* What such a film is called; NULL: these are not the first bytes of one. */
const char *film_kind(const uint8_t *bytes, size_t count);

#endif
