/* Objects with names are listed by no function of Win32. */
#include <frameferry/host.h>

bool ferryi_host_visit_channels(void (*see)(void *argument, const ferryi_channel_sight *sight),
                                void *argument) {
    (void)see;
    (void)argument;
    return false;
}

bool ferryi_host_has_own_memory(void) {
    return false;
}
