/* Lines on standard output. */
#ifndef APP_OUTPUT_H
#define APP_OUTPUT_H

#include <stdbool.h>

#include "shared/line.h"

/* Gets a line through, and clears it. A line that cannot get through because the user asked to stop
 * is no failure. False: it failed, which has been reported. For the main thread. */
bool app_output_line(app_line *line);

#endif
