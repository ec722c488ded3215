/* The metadata of a frame as our programs use it: lines "KEY=VALUE\n". Keys consist of A-Z a-z 0-9
 * _ . - and occur once; values are UTF-8 without control characters and may be empty. */
#ifndef FERRYI_META_H
#define FERRYI_META_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <frameferry/frame.h>

/* Metadata in the making; starts as all zeros. */
typedef struct ferryi_meta {
    uint32_t bytes;
    uint8_t text[FERRY_METADATA_MAX];
} ferryi_meta;

typedef enum ferryi_meta_verdict {
    FERRYI_META_FINE,
    FERRYI_META_NO_PAIR,  /* there is no "=" */
    FERRYI_META_BAD_KEY,  /* empty, or with a character that is not allowed */
    FERRYI_META_BAD_TEXT, /* a value with control characters, or not UTF-8 */
    FERRYI_META_REPEATED, /* the key is there already */
    FERRYI_META_TOO_LONG  /* FERRY_METADATA_MAX bytes do not hold it */
} ferryi_meta_verdict;

/* Appends "KEY=VALUE" as a line; on any other verdict than FERRYI_META_FINE, *meta is as it was. */
ferryi_meta_verdict ferryi_meta_add(ferryi_meta *meta, const char *pair);

/* Whether all of a frame's metadata is of this form; false for none. The bytes may be anything, but
 * must not change meanwhile. */
bool ferryi_meta_is_valid(const uint8_t *text, size_t bytes);

/* A line, as strings. */
typedef struct ferryi_meta_pair {
    char key[FERRY_METADATA_MAX + 1];
    char value[FERRY_METADATA_MAX + 1];
} ferryi_meta_pair;

/* Steps through metadata: *at is 0 at first. False after the last line, and at one that is not of
 * this form. */
bool ferryi_meta_next(const uint8_t *text, size_t bytes, size_t *at, ferryi_meta_pair *out);

#endif
