/* Messages about a channel that is not there. */
#ifndef MISSING_H
#define MISSING_H

#include <stdbool.h>

/* Says that there is no such channel, and which the user may have meant. Returns the exit code. */
int missing_tell(const char *name);

/* Says that there is no channel at all, or with everything that there is nothing which has such a
 * name. Returns the exit code. */
int missing_tell_all(bool everything);

#endif
