/* What host.c, input.c and output.c share. */
#ifndef HOST_LINUX_STOP_H
#define HOST_LINUX_STOP_H

/* Readable, and for ever, once the user has asked to stop; negative before host_catch_stop.
 * poll passes over a negative descriptor. */
int host_stop_descriptor(void);

#endif
