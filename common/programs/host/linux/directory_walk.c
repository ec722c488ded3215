#define _GNU_SOURCE /* dirfd, d_type */
#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>

#include "host/directory.h"
#include "support/error.h"

/* An entry that cannot be looked at, such as a link to nothing, is listed: opening it says why. */
static bool is_listed(DIR *directory, const struct dirent *entry) {
    struct stat found;
    return entry->d_name[0] != '.' &&
           (fstatat(dirfd(directory), entry->d_name, &found, 0) != 0 || S_ISREG(found.st_mode));
}

/* The type that readdir gives saves a look at the entry, which takes time where there are many. */
static bool is_directory(DIR *directory, const struct dirent *entry) {
    struct stat found;
    if (entry->d_type != DT_UNKNOWN && entry->d_type != DT_LNK)
        return entry->d_type == DT_DIR;
    return fstatat(dirfd(directory), entry->d_name, &found, 0) == 0 && S_ISDIR(found.st_mode);
}

/* Returns 0 or an errno. */
static int walk(DIR *directory, host_walk_question question,
                bool (*see)(void *argument, const char *name, bool answer), void *argument) {
    for (;;) {
        errno = 0; /* the end and a failure look alike but for this */
        const struct dirent *entry = readdir(directory);
        if (entry == NULL)
            return errno;
        bool answer = question == HOST_WALK_LISTED ? is_listed(directory, entry)
                                                   : is_directory(directory, entry);
        if (!see(argument, entry->d_name, answer))
            return ENOMEM;
    }
}

ferry_status host_walk_directory(const char *path, host_walk_question question,
                                 bool (*see)(void *argument, const char *name, bool answer),
                                 void *argument, ferry_error *error) {
    DIR *directory = opendir(path);
    if (directory == NULL)
        return ferryi_fail_errno(error, errno, "cannot open the directory %s", path);
    int code = walk(directory, question, see, argument);
    closedir(directory);
    if (code != 0)
        return ferryi_fail_errno(error, code, "cannot read the directory %s", path);
    return FERRY_OK;
}
