#include "shared/wall.h"

#include <frameferry/clock.h>

#include "host/host.h"

/* The day's date by the civil calendar, counted in eras of 400 years that begin in March. Source:
 * H. Hinnant, chrono-compatible low-level date algorithms. */
app_wall app_wall_split(uint64_t time_us) {
    uint64_t seconds = time_us / 1000000;
    uint64_t day = seconds / 86400 + 719468; /* since 1 March of year 0 */
    uint64_t era = day / 146097;
    uint64_t day_of_era = day % 146097;
    uint64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    uint64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    uint64_t from_march = (5 * day_of_year + 2) / 153;
    uint64_t month = from_march < 10 ? from_march + 3 : from_march - 9;
    return (app_wall){
        .year = (unsigned)(year_of_era + era * 400 + (month <= 2)),
        .month = (unsigned)month,
        .day = (unsigned)(day_of_year - (153 * from_march + 2) / 5 + 1),
        .hour = (unsigned)(seconds / 3600 % 24),
        .minute = (unsigned)(seconds / 60 % 60),
        .second = (unsigned)(seconds % 60),
        .microsecond = (unsigned)(time_us % 1000000),
    };
}

uint64_t app_wall_at(uint64_t clock_ns) {
    uint64_t now_ns = ferry_clock_ns(), now_us = host_wall_clock_us();
    uint64_t age_us = now_ns > clock_ns ? (now_ns - clock_ns) / 1000 : 0;
    return age_us < now_us ? now_us - age_us : 0;
}
