/* Fault points: named places in the library where a test can end or stop the process, so that what
 * is promised about deaths can be tried at each of them. Only builds with FERRY_FAULTS have any;
 * elsewhere nothing is left of them, not even their names.
 *
 * Contract: any thread may pass points.
 * A point has its name once in the sources. tests/stress/points.py says for each how it is reached,
 * and fails when it misses one. */
#ifndef FERRYI_PLATFORM_FAULT_POINT_H
#define FERRYI_PLATFORM_FAULT_POINT_H

#ifdef FERRY_FAULTS

#include <stdbool.h>

#define FERRYI_FAULT(point) ferryi_fault_point_pass(point)

/* How many points can be armed at a time. */
enum { FERRYI_FAULT_ARMS = 8 };

/* An action at a point, which is given by its name. May return. */
typedef void ferryi_fault_point_action(const char *point);

/* Lets action happen when the point is passed for the passes-th time from now on (1: the next
 * time), once. False: FERRYI_FAULT_ARMS are armed already, passes is 0, or the name is too long.
 * One thread at a time arms; points may be passed by others meanwhile. */
bool ferryi_fault_point_arm(const char *point, unsigned passes, ferryi_fault_point_action *action);

/* Called at each point. The first call also arms what the environment's FERRY_FAULT asks for:
 * POINT[:PASSES[:kill|stop]], where 1 and kill are the defaults. A wish that cannot be read is
 * ignored. */
void ferryi_fault_point_pass(const char *point);

/* The system's two actions, from any thread; point is not looked at. The first ends the process as
 * a kill from outside does: nothing of it runs any more, and it does not return. The second stops
 * all threads of the process until it is continued or ended from outside. Where a system has no
 * such stop, the thread sleeps without end. */
void ferryi_fault_point_kill(const char *point);
void ferryi_fault_point_stop(const char *point);

#else

#define FERRYI_FAULT(point) ((void)0)

#endif

#endif
