/* Tells when figures that are reported at an interval are due. */
#ifndef APP_INTERVAL_H
#define APP_INTERVAL_H

#include <stdbool.h>
#include <stdint.h>

/* Starts as all zeros but for the length; 0: nothing is ever due. */
typedef struct app_interval {
    int64_t length_ns;
    uint64_t begin_ns; /* of the interval that is under way; 0: the first has not begun */
    uint64_t due_ns;
} app_interval;

/* Whether an interval is over: then *elapsed_ns is how long it was, and the next one begins. The
 * first call begins the first. Times keep their distance from the first one; those that were
 * missed, because of a slow reader say, are left out, and the next call has all of them.
 */
bool app_interval_is_over(app_interval *interval, uint64_t now_ns, uint64_t *elapsed_ns);

/* The time until the next is due, but no more than limit_ns. */
int64_t app_interval_left_ns(const app_interval *interval, uint64_t now_ns, int64_t limit_ns);

#endif
