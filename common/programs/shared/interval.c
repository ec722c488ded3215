#include "shared/interval.h"

bool app_interval_is_over(app_interval *interval, uint64_t now_ns, uint64_t *elapsed_ns) {
    uint64_t length_ns = (uint64_t)interval->length_ns;
    if (length_ns == 0 || (interval->begin_ns != 0 && now_ns < interval->due_ns))
        return false;
    bool is_over = interval->begin_ns != 0;
    if (is_over)
        *elapsed_ns = now_ns - interval->begin_ns;
    else
        interval->due_ns = now_ns;
    interval->due_ns += length_ns * (1 + (now_ns - interval->due_ns) / length_ns);
    interval->begin_ns = now_ns;
    return is_over;
}

int64_t app_interval_left_ns(const app_interval *interval, uint64_t now_ns, int64_t limit_ns) {
    if (interval->length_ns == 0)
        return limit_ns;
    uint64_t left_ns = now_ns < interval->due_ns ? interval->due_ns - now_ns : 0;
    return left_ns < (uint64_t)limit_ns ? (int64_t)left_ns : limit_ns;
}
