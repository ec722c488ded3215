/* The names that Qt 5 makes of the keys of QSharedMemory and QSystemSemaphore: a prefix
 * for the kind, the letters A to Z and a to z of the key, and the SHA-1 of its UTF-8 bytes in
 * hexadecimal digits. Source: QSharedMemoryPrivate::makePlatformSafeKey.
 *
 * Contract: any thread. */
#ifndef FERRYI_PLATFORM_QT_KEY_H
#define FERRYI_PLATFORM_QT_KEY_H

#include <frameferry/status.h>

/* Room for a name: the longest that a file may have, and a zero. */
enum { FERRYI_QT_NAME_BYTES = 256 };

#define FERRYI_QT_MEMORY_PREFIX "qipc_sharedmemory_"
#define FERRYI_QT_SEMAPHORE_PREFIX "qipc_systemsem_"

/* Writes the name. FERRY_INVALID_ARGUMENT: the key is empty, not UTF-8, or has too many letters. */
ferry_status ferryi_qt_key_name(char out[FERRYI_QT_NAME_BYTES], const char *prefix, const char *key,
                                ferry_error *error);

#endif
