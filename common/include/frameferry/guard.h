/* Protection against a peer that cuts shared memory short. */
#ifndef FRAMEFERRY_GUARD_H
#define FRAMEFERRY_GUARD_H

#include "status.h"
#include "version.h"

FERRY_BEGIN_DECLS

/* Installs a handler for SIGBUS. On Linux a process of the same user can truncate the objects of a
 * channel, and a process that reads them after that gets SIGBUS. The handler puts zero pages in the
 * place of the lost memory and marks the channel's handle, whose calls then return FERRY_MALFORMED.
 * It acts on the mappings of this library only and passes every other SIGBUS on to the handler that
 * was there before, or to the default action.
 *
 * Opt-in, since a signal handler belongs to the program and not to a library. Call it once, before
 * opening channels, from any thread; a second call does nothing. A program that replaces the SIGBUS
 * handler afterwards loses the protection. On systems where mappings cannot shrink the call does
 * nothing. It does not block. Returns FERRY_OK or FERRY_SYSTEM_ERROR. Source: sigaction(2),
 * mmap(2). */
FERRY_API ferry_status ferry_guard_install(void);

FERRY_END_DECLS

#endif
