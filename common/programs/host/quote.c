#include "host/quote.h"

#include <stdio.h>
#include <string.h>

static bool is_plain(const char *word) {
    return *word != '\0' && strspn(word, host_quote_plain()) == strlen(word);
}

void host_quote(char *out, size_t capacity, const char *word, bool is_escaped) {
    if (is_plain(word))
        snprintf(out, capacity, "%s", word);
    else
        host_quote_always(out, capacity, word, is_escaped);
}
