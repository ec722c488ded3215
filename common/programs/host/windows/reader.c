#include "host/reader.h"

bool host_has_lost_reader(void) {
    return false;
}

bool host_is_broken_pipe(bool exited, int32_t code) {
    (void)exited;
    (void)code;
    return false;
}
