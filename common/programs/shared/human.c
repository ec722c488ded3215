#include "shared/human.h"

#include <inttypes.h>
#include <stdio.h>

#define KILO 1024
#define MOST_DIGITS 10000 /* four of them */

void app_human_size(char out[APP_HUMAN_BYTES], uint64_t bytes) {
    static const char units[] = "KMGTPE";
    if (bytes < KILO) {
        snprintf(out, APP_HUMAN_BYTES, "%" PRIu64 "B", bytes);
        return;
    }
    unsigned unit = 0;
    uint64_t part = KILO; /* 2^60 is the largest */
    while (bytes / part >= MOST_DIGITS) {
        part *= KILO;
        unit++;
    }
    uint64_t rounded = bytes / part + (bytes % part >= part / 2);
    snprintf(out, APP_HUMAN_BYTES, "%" PRIu64 "%c", rounded, units[unit]);
}

void app_human_time(char out[APP_HUMAN_BYTES], uint64_t ns) {
    static const struct {
        double below; /* of these units, as they are printed; 0: there is no other row */
        double unit_ns;
        int decimals;
        const char *unit;
    } rows[] = {
        {9.95, 1e6, 1, "ms"}, {999.5, 1e6, 0, "ms"},  {9.95, 1e9, 1, "s"},  {99.5, 1e9, 0, "s"},
        {99.5, 60e9, 0, "m"}, {47.5, 3600e9, 0, "h"}, {0, 86400e9, 0, "d"},
    };
    unsigned i = 0;
    while (rows[i].below > 0 && (double)ns >= rows[i].below * rows[i].unit_ns)
        i++;
    snprintf(out, APP_HUMAN_BYTES, "%.*f%s", rows[i].decimals, (double)ns / rows[i].unit_ns,
             rows[i].unit);
}

void app_human_real(char out[APP_HUMAN_BYTES], double value) {
    if (value < 0)
        snprintf(out, APP_HUMAN_BYTES, "-");
    else if (value > 0 && value < 0.995)
        snprintf(out, APP_HUMAN_BYTES, "%.2f", value);
    else
        snprintf(out, APP_HUMAN_BYTES, "%.*f", value < 999.95 ? 1 : 0, value < 1e15 ? value : 1e15);
}

void app_human_mode(char out[APP_HUMAN_BYTES], uint32_t mode) {
    static const char letters[] = "rwxrwxrwx";
    unsigned i = 0;
    for (; letters[i] != '\0'; i++)
        out[i] = (mode >> (8 - i) & 1) != 0 ? letters[i] : '-';
    out[i] = '\0';
}
