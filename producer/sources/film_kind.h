/* Films that have to be decoded, by their first bytes. Pure functions over bytes from outside. */
#ifndef PRODUCER_FILM_KIND_H
#define PRODUCER_FILM_KIND_H

#include <stddef.h>
#include <stdint.h>

/* Enough for every kind. Fewer do for most. */
#define FILM_KIND_BYTES 512

/* The name of this kind of film; NULL: these are not the first bytes of a film. */
const char *film_kind(const uint8_t *bytes, size_t count);

#endif
