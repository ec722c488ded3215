/* Ending and stopping the own process, for fault points (../support/fault.h). Only in builds with
 * FERRY_FAULTS.
 *
 * Contract: any thread. point is not looked at. */
#ifndef FERRYI_PLATFORM_FAULT_H
#define FERRYI_PLATFORM_FAULT_H

/* Ends the process as a kill from outside does: nothing of it runs any more. Does not return. */
void ferryi_fault_kill(const char *point);

/* Stops all threads of the process until somebody continues or ends it from outside. Where a system
 * has no such thing, sleeps for ever. */
void ferryi_fault_stop(const char *point);

#endif
