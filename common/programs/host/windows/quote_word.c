/* Source: "cmd" and "Parsing C command-line arguments" in Microsoft's documentation. */
#include "host/quote.h"

#include <stdio.h>

const char *host_quote_plain(void) {
    return "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789@+:./_-\\";
}

/* Names of files have no quotes in them. */
void host_quote_always(char *out, size_t capacity, const char *word, bool is_escaped) {
    (void)is_escaped;
    snprintf(out, capacity, "\"%s\"", word);
}
