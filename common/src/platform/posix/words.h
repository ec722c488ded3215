/* Splitting a command line into words as a POSIX shell does it. */
#ifndef FERRYI_WORDS_H
#define FERRYI_WORDS_H

#include <frameferry/status.h>
#include <stddef.h>

/* Words of a command; the list ends with NULL, as execve wants it. */
typedef struct ferryi_words {
    char **list;
    size_t count;
    char *text; /* what the words point into */
} ferryi_words;

/* Words are separated by spaces, tabs and line ends. '...' keeps everything; in "..." a backslash
 * quotes only $ ` " \ and a line end; elsewhere it quotes any character. A backslash before a line
 * end vanishes with it. There is no expansion, so that no other character means anything.
 * Source: POSIX.1-2017, Shell Command Language, 2.2 Quoting.
 * Returns FERRY_INVALID_ARGUMENT (no word at all, an unbalanced quote, nothing after the last
 * backslash) or FERRY_NO_MEMORY. The caller ends *out with ferryi_words_free. */
ferry_status ferryi_words_split(ferryi_words *out, const char *command, ferry_error *error);

void ferryi_words_free(ferryi_words *words);

#endif
