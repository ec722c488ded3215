/* Two semaphores of 0 for a lane: the writer releases one when a message is there, the reader the
 * other one when it has taken it. Also a reading of the duplex convention. */
#ifndef FERRYI_DIALECT_LOCKSTEP_H
#define FERRYI_DIALECT_LOCKSTEP_H

#include "port/convention.h"

extern const ferryi_convention ferryi_convention_lockstep;

/* The operations of convention.h for one lane. */
ferry_status ferryi_lockstep_connect(ferry_port *port, ferryi_lane *lane, ferry_error *error);
bool ferryi_lockstep_stands(const ferryi_lane *lane);
ferry_status ferryi_lockstep_enter_send(ferry_port *port, ferryi_lane *lane, ferryi_wait *wait);
void ferryi_lockstep_leave_send(ferry_port *port, ferryi_lane *lane, bool has_written);
ferry_status ferryi_lockstep_enter_receive(ferry_port *port, ferryi_lane *lane, ferryi_wait *wait);
void ferryi_lockstep_leave_receive(ferry_port *port, ferryi_lane *lane, bool is_handed_on);
ferry_status ferryi_lockstep_drain(ferry_port *port, ferryi_lane *lane, ferryi_wait *wait);

#endif
