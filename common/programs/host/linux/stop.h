/* How the rest of host/linux waits for a stop request beside other things. */
#ifndef HOST_LINUX_STOP_H
#define HOST_LINUX_STOP_H

/* Readable, from then on always, once the user has asked to stop; negative before host_catch_stop.
 * poll passes over a negative descriptor. */
int host_stop_descriptor(void);

/* Has the request that ends the process at once call this first, in the signal handler. NULL:
 * nothing. */
void host_stop_restores(void (*restore)(void));

#endif
