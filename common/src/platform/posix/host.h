/* What host.c and host_output.c share. */
#ifndef FERRYI_POSIX_HOST_H
#define FERRYI_POSIX_HOST_H

/* Readable, and for ever, once the user has asked to stop; negative before ferryi_host_catch_stop.
 * poll passes over a negative descriptor. */
int ferryi_host_stop_descriptor(void);

#endif
