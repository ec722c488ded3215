/* Lines on standard output. */
#ifndef FERRYI_OUTPUT_H
#define FERRYI_OUTPUT_H

#include <stdbool.h>

#include "line.h"

/* Gets a line through, and clears it. A line that cannot get through because the user asked to stop
 * is no failure. False: it failed, which has been reported. For the main thread. */
bool ferryi_output_line(ferryi_line *line);

#endif
