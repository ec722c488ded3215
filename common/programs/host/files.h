/* The kinds of files that paths lead to, and new directories. Paths are UTF-8. Any thread; blocks
 * for as long as the file system takes. */
#ifndef HOST_FILES_H
#define HOST_FILES_H

#include <stdbool.h>

#include <frameferry/status.h>

/* Whether this separates the parts of a path: '/', and '\\' on Windows. */
bool host_is_separator(char c);

bool host_is_directory(const char *path);

typedef enum host_file_kind {
    HOST_FILE_NONE, /* or it cannot be seen */
    HOST_FILE_REGULAR,
    HOST_FILE_DIRECTORY,
    HOST_FILE_PIPE,   /* bytes can be read once only: to be opened once */
    HOST_FILE_CAMERA, /* never on Windows, where cameras are no files */
    HOST_FILE_OTHER
} host_file_kind;

/* Returns the kind of the file that a path names, or that a link of that name leads to. Opens
 * nothing. Source: stat(2). */
host_file_kind host_kind_of_file(const char *path);

/* Whether anything has this name: also a link to nothing, which a new file would replace. */
bool host_exists(const char *path);

/* Makes a directory and those above it where they are missing. */
ferry_status host_make_directories(const char *path, ferry_error *error);

#endif
