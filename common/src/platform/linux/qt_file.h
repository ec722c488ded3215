/* The files by which Qt finds objects of System V: an empty file for each key, whose inode is the
 * object's number (ftok(3) with 'Q').
 *
 * Two files may have the same number, which has only 16 bits of the inode: then the second one
 * finds the object of the first one, as with Qt. */
#ifndef FERRYI_PLATFORM_LINUX_QT_FILE_H
#define FERRYI_PLATFORM_LINUX_QT_FILE_H

#include <stdbool.h>
#include <sys/ipc.h>
#include <sys/types.h>

#include <frameferry/status.h>

enum { FERRYI_QT_PATH_BYTES = 4096 };

typedef struct ferryi_qt_file {
    char path[FERRYI_QT_PATH_BYTES];
    key_t number; /* as the file was when it was made or found */
} ferryi_qt_file;

/* Writes the path: a name of qt_key.h in the folder that QDir::tempPath names. Failures are those
 * of qt_key.h; FERRY_INVALID_ARGUMENT also if the folder's path is too long. */
ferry_status ferryi_qt_file_name(ferryi_qt_file *out, const char *prefix, const char *key,
                                 ferry_error *error);

/* Finds the number. FERRY_NO_PRODUCER: there is no file. FERRY_NOT_ALLOWED: it is another user's,
 * or no plain file. FERRY_SYSTEM_ERROR. */
ferry_status ferryi_qt_file_find(ferryi_qt_file *file, ferry_error *error);

/* The same, but makes the file if there is none, which *made says. Also FERRY_NO_SPACE. */
ferry_status ferryi_qt_file_make(ferryi_qt_file *file, bool *made, ferry_error *error);

/* Removes the file, if it still is the one that was made or found. */
void ferryi_qt_file_remove(const ferryi_qt_file *file);

/* FERRY_OK when an object of System V is this user's and nobody else's; FERRY_NOT_ALLOWED. */
ferry_status ferryi_qt_file_check(const struct ipc_perm *perm, const ferryi_qt_file *file,
                                  ferry_error *error);

#endif
