/* Source: sh(1p), 2.2 Quoting, of POSIX; bash(1), QUOTING, for $'...'. */
#include "host/quote.h"

#include <stdio.h>

const char *host_quote_plain(void) {
    return "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789@%+=:,./_-";
}

void host_quote_always(char *out, size_t capacity, const char *word, bool is_escaped) {
    size_t used = (size_t)snprintf(out, capacity, "%s", is_escaped ? "$'" : "'");
    for (; *word != '\0' && used + 6 < capacity; word++) {
        const char *format = "%c";
        if (is_escaped && (*word == '\'' || *word == '\\'))
            format = "\\%c";
        else if (*word == '\'')
            format = "'\\%c'";
        used += (size_t)snprintf(out + used, capacity - used, format, *word);
    }
    snprintf(out + used, capacity - used, "'");
}
