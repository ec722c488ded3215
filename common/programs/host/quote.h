/* Words of commands in messages, as a user can type them. Any thread. */
#ifndef HOST_QUOTE_H
#define HOST_QUOTE_H

#include <stdbool.h>
#include <stddef.h>

/* Quotes a word, if it needs that, for the shell that people use on the system: sh and bash, or
 * cmd.exe. is_escaped: some of its bytes will be shown as \xNN, and the shell shall take them as
 * those bytes. A text that does not fit is cut off. */
void host_quote(char *out, size_t capacity, const char *word, bool is_escaped);

/* The system's part: the characters that its shell gives no meaning to, wherever they stand. */
const char *host_quote_plain(void);

/* The system's part: quotes a word whether or not it needs that. */
void host_quote_always(char *out, size_t capacity, const char *word, bool is_escaped);

#endif
