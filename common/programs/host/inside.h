/* Parts of the library's inside that our programs use too: a failure with a sentence, UTF-8,
 * threads and locks. This header is the only way to them. They are linked into the programs,
 * whichever way the library itself is. */
#ifndef HOST_INSIDE_H
#define HOST_INSIDE_H

#include "platform/lock.h"
#include "platform/thread.h"
#include "support/error.h"
#include "support/utf8.h"

#endif
