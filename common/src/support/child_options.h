/* The options of a child, as every system checks them. */
#ifndef FERRYI_SUPPORT_CHILD_OPTIONS_H
#define FERRYI_SUPPORT_CHILD_OPTIONS_H

#include <frameferry/child.h>

/* Reads them into out, with defaults where the caller's struct is shorter. */
ferry_status ferryi_child_options_read(ferry_child_options *out, const ferry_child_options *given,
                                       ferry_error *error);

#endif
