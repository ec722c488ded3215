/* Calls that the lock of a memory needs beyond platform/qt_semaphore.h. */
#ifndef FERRYI_PLATFORM_LINUX_QT_SEMAPHORE_H
#define FERRYI_PLATFORM_LINUX_QT_SEMAPHORE_H

#include <stdbool.h>
#include <stdint.h>

#include "platform/qt_semaphore.h"

/* Sets the value, whatever it was. Nobody has anything to give back to it then. */
void ferryi_qt_semaphore_set(ferryi_qt_semaphore *semaphore, uint32_t value);

/* From here on it is removed when it is closed. */
void ferryi_qt_semaphore_own(ferryi_qt_semaphore *semaphore);

/* Closes it, and removes it or not. A process that removes it while it has it lets nobody in
 * before: those who wait make it anew. */
void ferryi_qt_semaphore_end(ferryi_qt_semaphore **semaphore, bool removes);

#endif
