/* What child.c and child_input.c know of a child. */
#ifndef FERRYI_PLATFORM_WINDOWS_CHILD_H
#define FERRYI_PLATFORM_WINDOWS_CHILD_H

#include <stdbool.h>
#include <windows.h>

#include <frameferry/child.h>

/* A pipe to the standard input of a child: process_input.c. */
typedef struct ferryi_child_input ferryi_child_input;

struct ferry_child {
    HANDLE process;
    HANDLE job;                /* the child and all that it starts; NULL: it has no group */
    ferryi_child_input *input; /* NULL: there is none */
    DWORD id;
    UINT end_code; /* what ferry_child_end has ended it with; 0: it has not */
    bool ended;
    ferry_child_exit how;
};

/* Looks once whether the child has ended: FERRY_OK, FERRY_TIMEOUT, or FERRY_SYSTEM_ERROR when it
 * cannot be known. */
ferry_status ferryi_child_look(ferry_child *child);

/* Makes a pipe: *reading for the child, *writing for us. Returns 0 or a code. */
DWORD ferryi_child_make_pipe(HANDLE *reading, ferryi_child_input **writing);

#endif
