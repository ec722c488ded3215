/* Directions that conventions are made of: duplex has two of either. */
#ifndef DIALECT_TURNS_H
#define DIALECT_TURNS_H

#include "peer.h"

/* One mapping, one semaphore. */
void mutex_send(flow *f);
void mutex_receive(flow *f);

/* One mapping, two semaphores. */
void lockstep_send(flow *f);
void lockstep_receive(flow *f);

#define MUTEX_SEND_STEPS "made waited half copied released ending ended"
#define MUTEX_RECEIVE_STEPS "made waited copied released ending ended"
#define LOCKSTEP_SEND_STEPS "made half copied released waited ending halfway ended"
#define LOCKSTEP_RECEIVE_STEPS "made waited copied released ending halfway ended"

#endif
