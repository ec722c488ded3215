/* Splitting a command line into words as a POSIX shell does it. */
#ifndef FERRYI_PLATFORM_LINUX_SPLIT_COMMAND_H
#define FERRYI_PLATFORM_LINUX_SPLIT_COMMAND_H

#include <frameferry/status.h>
#include <stddef.h>

/* Words of a command; the list ends with NULL, as execve wants it. */
typedef struct ferryi_split_words {
    char **list;
    size_t count;
    char *text; /* what the words point into */
} ferryi_split_words;

/* Words are separated by spaces, tabs and line ends. '...' keeps everything; in "..." a backslash
 * quotes only $ ` " \ and a line end; elsewhere it quotes any character. A backslash before a line
 * end vanishes with it. There is no expansion, so that no other character means anything.
 * Source: POSIX.1-2017, Shell Command Language, 2.2 Quoting.
 * Returns FERRY_INVALID_ARGUMENT (no word at all, an unbalanced quote, nothing after the last
 * backslash) or FERRY_NO_MEMORY. The caller ends *out with ferryi_split_command_free. */
ferry_status ferryi_split_command(ferryi_split_words *out, const char *command, ferry_error *error);

void ferryi_split_command_free(ferryi_split_words *words);

#endif
