/* Parts of the library's inside that our programs use too: a failure with a sentence, UTF-8,
 * threads and locks. Programs reach them through this header only. They are linked into the
 * programs, whether the library itself is static or shared (docs/decisions/0044). */
#ifndef HOST_INSIDE_H
#define HOST_INSIDE_H

#include "platform/lock.h"
#include "platform/thread.h"
#include "support/error.h"
#include "support/utf8.h"

#endif
