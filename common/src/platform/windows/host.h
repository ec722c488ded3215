/* What host.c and host_input.c share. */
#ifndef FERRYI_WINDOWS_HOST_H
#define FERRYI_WINDOWS_HOST_H

#include <windows.h>

/* Set, and for ever, once the user has asked to stop; NULL before ferryi_host_catch_stop. */
HANDLE ferryi_host_stop_event(void);

#endif
