/* Source: "Special Handling of ENOEXEC" and PATH in execvp(3), faccessat(2), confstr(3). */
#define _GNU_SOURCE
#include "host/command.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "platform/linux/split_command.h"
#include "support/error.h"

/* 0, or why the file cannot be run. */
static int look_at_file(const char *path) {
    struct stat found;
    if (stat(path, &found) != 0)
        return errno;
    if (!S_ISREG(found.st_mode))
        return EACCES;
    return faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) == 0 ? 0 : errno;
}

/* Looks in a folder, whose name has this many bytes; an empty name is the current folder. */
static int look_in(const char *folder, size_t bytes, const char *name) {
    size_t name_bytes = strlen(name) + 1;
    char *path = malloc(bytes + 1 + name_bytes);
    if (path == NULL)
        return ENOMEM;
    memcpy(path, folder, bytes);
    size_t used = bytes;
    if (bytes > 0)
        path[used++] = '/';
    memcpy(path + used, name, name_bytes);
    int code = look_at_file(path);
    free(path);
    return code;
}

/* Goes through PATH as execvp does: it remembers a file that may not be run, and passes over a
 * folder without the file. */
static int look_in_path(const char *name) {
    const char *path = getenv("PATH");
    int answer = ENOENT;
    if (path == NULL)
        path = "/bin:/usr/bin";
    for (;;) {
        size_t bytes = strcspn(path, ":");
        int code = look_in(path, bytes, name);
        if (code == 0 || code == ENOMEM)
            return code;
        if (code == EACCES)
            answer = code;
        if (path[bytes] == '\0')
            return answer;
        path += bytes + 1;
    }
}

ferry_status host_check_command(const char *command, ferry_error *error) {
    ferryi_split_words words;
    ferry_status status = ferryi_split_command(&words, command, error);
    if (status != FERRY_OK)
        return status;
    const char *name = words.list[0];
    int code = ENOENT;
    if (*name != '\0')
        code = strchr(name, '/') != NULL ? look_at_file(name) : look_in_path(name);
    if (code != 0)
        status = ferryi_fail(error, code == ENOMEM ? FERRY_NO_MEMORY : FERRY_SYSTEM_ERROR, code,
                             "cannot start \"%s\": %s", name, strerror(code));
    ferryi_split_command_free(&words);
    return status;
}
