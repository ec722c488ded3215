/* One semaphore of 1 for a lane, which both sides have while they read or write. Also a reading of
 * the duplex convention. */
#ifndef FERRYI_DIALECT_MUTEX_H
#define FERRYI_DIALECT_MUTEX_H

#include "port/convention.h"

extern const ferryi_convention ferryi_convention_mutex;

/* The operations of convention.h for one lane. Its semaphore has this role, and this value when it
 * is made. */
ferry_status ferryi_mutex_connect(ferry_port *port, ferryi_lane *lane, ferry_port_object role,
                                  uint32_t value, ferry_error *error);
bool ferryi_mutex_stands(const ferryi_lane *lane);
ferry_status ferryi_mutex_enter(ferry_port *port, ferryi_lane *lane, ferryi_wait *wait);
void ferryi_mutex_leave(ferry_port *port, ferryi_lane *lane, bool has_worked);

#endif
