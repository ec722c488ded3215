/* The secret that a server wants to see. */
#ifndef PRODUCER_HTTP_TOKEN_H
#define PRODUCER_HTTP_TOKEN_H

#include <frameferry/status.h>

/* The longest token. */
#define HTTP_TOKEN_MAX 1024u

/* Takes the first line of a file, or else the text, or else an empty token, without blanks around
 * it. Returns FERRY_UNREADABLE with a sentence that does not show the token: the file cannot be
 * read, or the token has characters that no header has, or too many. */
ferry_status http_token_read(char out[HTTP_TOKEN_MAX + 1], const char *file, const char *text,
                             ferry_error *error);

#endif
