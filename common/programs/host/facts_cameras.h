/* The cameras of this machine, as files. Any thread; naming groups takes as long as the system's
 * directory of groups does. */
#ifndef HOST_FACTS_CAMERAS_H
#define HOST_FACTS_CAMERAS_H

#include <stdbool.h>

typedef struct host_camera {
    const char *path;
    bool may_use;      /* this user may read and write it */
    const char *group; /* that has the file, which may be a number */
} host_camera;

/* Calls see for each camera, in no order, without opening it; for some dozens at most. False:
 * cameras are no files here (Windows). Source: stat(2), faccessat(2). */
bool host_visit_cameras(void (*see)(void *argument, const host_camera *camera), void *argument);

#endif
