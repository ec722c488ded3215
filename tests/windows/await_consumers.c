/* Waits until a channel has so many consumers: CHANNEL COUNT. For tests that look from outside
 * Wine, where neither mappings nor process numbers tell. */
#include <stdio.h>
#include <stdlib.h>

#include <frameferry/channel.h>
#include <frameferry/clock.h>

#include "channel/layout.h"
#include "platform/clock.h"
#include "platform/shm.h"

#define STUCK_NS (60 * FERRY_SECOND_NS)
#define LOOK_NS (FERRY_SECOND_NS / 250)

static unsigned count_consumers(const char *name) {
    ferryi_shm shm = FERRYI_SHM_INIT;
    unsigned count = 0;
    if (ferryi_shm_open(&shm, name, FERRYI_SHM_READ, FERRYI_NOT_SHARED, NULL) != FERRY_OK)
        return 0;
    const ferryi_consumers *all = (const ferryi_consumers *)(const void *)shm.base;
    for (unsigned i = 0; i < FERRY_MAX_CONSUMERS && shm.size_bytes >= sizeof *all; i++)
        count += atomic_load(&all->record[i].state) == FERRYI_RECORD_TAKEN;
    ferryi_shm_close(&shm);
    return count;
}

int main(int count, char **arguments) {
    char name[FERRY_NAME_MAX + 32];
    if (count != 3)
        return 2;
    snprintf(name, sizeof name, "%s~consumers", arguments[1]);
    unsigned wanted = (unsigned)strtoul(arguments[2], NULL, 10);
    for (uint64_t end_ns = ferry_clock_ns() + (uint64_t)STUCK_NS; ferry_clock_ns() < end_ns;
         ferryi_clock_pause(LOOK_NS))
        if (count_consumers(name) >= wanted)
            return 0;
    return 1;
}
