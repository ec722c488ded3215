#include "support/utf8.h"

size_t ferryi_utf8_bytes(const unsigned char *text) {
    unsigned char lead = text[0];
    if (lead < 0x80)
        return 1;
    size_t bytes = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4)
        return 0;
    unsigned char low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    unsigned char high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    if (text[1] < low || text[1] > high)
        return 0;
    for (size_t i = 2; i < bytes; i++)
        if ((text[i] & 0xc0) != 0x80)
            return 0;
    return bytes;
}

bool ferryi_utf8_is_control(const unsigned char *text, size_t bytes) {
    return (bytes == 1 && (text[0] < 0x20 || text[0] == 0x7f)) ||
           (bytes == 2 && text[0] == 0xc2 && text[1] < 0xa0);
}

void ferryi_utf8_keep_printable(char *text) {
    for (char *c = text; *c != '\0'; c++)
        if (*c < 0x20 || *c > 0x7e)
            *c = '?';
}
