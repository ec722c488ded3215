/* Numbers as people write them on a command line. Each function takes the whole text or nothing:
 * it returns false, and leaves *out as it was, for anything else (signs, blanks, exponents, "nan",
 * trailing characters, values out of range). No locale takes part. */
#ifndef APP_PARSE_H
#define APP_PARSE_H

#include <stdbool.h>
#include <stdint.h>

/* Frames in seconds: 30 in 1, 2997 in 100, 30000 in 1001; 0 in 1 when no rate is wanted. Both are
 * at most APP_RATE_MAX, so that products of the two fit 64 bits. */
typedef struct app_rate {
    uint64_t frames;
    uint64_t seconds; /* never 0 */
} app_rate;
#define APP_RATE_MAX 1000000000u

/* A whole number between minimum and maximum. */
bool app_parse_whole(const char *text, uint64_t minimum, uint64_t maximum, uint64_t *out);

/* Bytes: a whole number from 1 on, and behind it, and one blank, a unit in either case: K, M or G,
 * which may have B or iB behind it, or B alone. A K has 1024 bytes however it is written. */
#define APP_SIZES "8M, 8MB or 8MiB (a K has 1024 bytes) or 8388608"
bool app_parse_size(const char *text, uint64_t *bytes);

/* Seconds such as 2 or 0.25, up to 10^9, in nanoseconds. */
bool app_parse_seconds(const char *text, int64_t *ns);

/* Frames a second such as 30, 29.97 or 30000/1001. */
bool app_parse_rate(const char *text, app_rate *out);

#endif
