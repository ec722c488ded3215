/* What host.c, input.c and output.c share. */
#ifndef HOST_WINDOWS_STOP_H
#define HOST_WINDOWS_STOP_H

#include <windows.h>

/* Set, and for ever, once the user has asked to stop; NULL before host_catch_stop. */
HANDLE host_stop_event(void);

#endif
