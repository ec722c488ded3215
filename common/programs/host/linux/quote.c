/* Source: sh(1p), 2.2 Quoting, of POSIX; bash(1), QUOTING, for $'...'. */
#include "host/host.h"

#include <stdio.h>
#include <string.h>

/* What no shell gives a meaning to, wherever it stands. */
static bool is_plain(const char *word) {
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                                "@%+=:,./_-";
    return *word != '\0' && strspn(word, plain) == strlen(word);
}

void host_quote(char *out, size_t capacity, const char *word, bool is_escaped) {
    const char *begin = is_plain(word) ? "" : is_escaped ? "$'" : "'";
    size_t used = (size_t)snprintf(out, capacity, "%s", begin);
    for (; *word != '\0' && used + 6 < capacity; word++) {
        const char *format = "%c";
        if (is_escaped && (*word == '\'' || *word == '\\'))
            format = "\\%c";
        else if (*word == '\'')
            format = "'\\%c'";
        used += (size_t)snprintf(out + used, capacity - used, format, *word);
    }
    if (*begin != '\0')
        snprintf(out + used, capacity - used, "'");
}
