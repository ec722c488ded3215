/* The messages of the tests. All of a message follows from its index, so that whoever gets one can
 * check every byte. harness.py makes the same ones. */
#ifndef DIALECT_MESSAGE_H
#define DIALECT_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum payload_kind {
    PAYLOAD_TEXT,  /* "message 0001 " and a tail, with a NUL */
    PAYLOAD_IMAGE, /* int32 length, width, height, bits, and the pixels */
    PAYLOAD_SHORT, /* three int32 in an order of their own, and the pixels */
    PAYLOAD_RAW    /* the pixels */
} payload_kind;

typedef struct payload {
    payload_kind kind;
    int32_t width, height, bits;
    bool vary;         /* the size of an image depends on its index */
    const char *order; /* PAYLOAD_SHORT: a permutation of w(idth), h(eight) and s(ize in bytes) */
    size_t tail;       /* the longest tail of a text in bytes */
} payload;

typedef enum verdict { MESSAGE_NONE, MESSAGE_OK, MESSAGE_TORN, MESSAGE_BAD } verdict;

enum { MESSAGE_WHY_BYTES = 120 };

/* The size of a message; all of a text's with the NUL. */
size_t message_size(const payload *p, uint32_t index);

/* Writes a message, which takes message_size bytes. */
void message_make(const payload *p, uint32_t index, uint8_t *to);

/* How many of these bytes belong to the message, as an old reader sees it. */
size_t message_extent(const payload *p, const uint8_t *bytes, size_t room);

/* Whether these are the bytes of one message, and of which. MESSAGE_NONE: nobody has written
 * anything. */
verdict message_check(const payload *p, const uint8_t *bytes, size_t room, uint32_t *index,
                      char why[MESSAGE_WHY_BYTES]);

/* Writes what no program should write; how many bytes, or 0 if there is no such nonsense. */
size_t message_make_nonsense(const char *what, const payload *p, uint8_t *to, size_t room);

/* Names of nonsense: "" is behind the last one. */
const char *message_nonsense(size_t number);

#ifdef __cplusplus
}
#endif

#endif
