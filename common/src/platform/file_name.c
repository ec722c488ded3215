#include "platform/file_name.h"

#include <stdio.h>
#include <string.h>

enum {
    NAME_KEPT_MAX = 32,  /* bytes of the target's name in the temporary one, which stays short */
    TEMPORARY_EXTRA = 24 /* a dot before, a dot, 16 digits and ".tmp" after, the end */
};

/* How much of a name of length bytes is kept: no more than fits, and whole UTF-8 characters. */
static size_t kept_length(const char *name, size_t length) {
    if (length <= NAME_KEPT_MAX)
        return length;
    length = NAME_KEPT_MAX;
    while (length > 0 && ((unsigned char)name[length] & 0xc0) == 0x80)
        length--;
    return length;
}

size_t ferryi_file_name_bytes(const char *path) {
    return strlen(path) + TEMPORARY_EXTRA;
}

void ferryi_file_name_temporary(char *out, const char *path, const char *last, uint64_t number) {
    int folder = (int)(last - path), kept = (int)kept_length(last, strlen(last));
    snprintf(out, ferryi_file_name_bytes(path), "%.*s.%.*s.%016llx.tmp", folder, path, kept, last,
             (unsigned long long)number);
}
