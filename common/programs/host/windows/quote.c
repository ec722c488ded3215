/* Source: "cmd" and "Parsing C command-line arguments" in Microsoft's documentation. */
#include "host/host.h"

#include <stdio.h>
#include <string.h>

/* What cmd.exe gives no meaning to, wherever it stands. */
static bool is_plain(const char *word) {
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                                "@+:./_-\\";
    return *word != '\0' && strspn(word, plain) == strlen(word);
}

/* Names of files have no quotes in them. */
void host_quote(char *out, size_t capacity, const char *word, bool is_escaped) {
    (void)is_escaped;
    snprintf(out, capacity, is_plain(word) ? "%s" : "\"%s\"", word);
}
