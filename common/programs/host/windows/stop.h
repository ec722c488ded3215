/* How the rest of host/windows waits for a stop request beside other things. */
#ifndef HOST_WINDOWS_STOP_H
#define HOST_WINDOWS_STOP_H

#include <windows.h>

/* Set, from then on always, once the user has asked to stop; NULL before host_catch_stop. */
HANDLE host_stop_event(void);

/* Has the request that ends the process at once call this first, in a thread of the system's. NULL:
 * nothing. */
void host_stop_restores(void (*restore)(void));

#endif
