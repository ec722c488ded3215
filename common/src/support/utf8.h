/* UTF-8 in text from outside. */
#ifndef FERRYI_SUPPORT_UTF8_H
#define FERRYI_SUPPORT_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* The length of the UTF-8 character at text, which ends with a zero; 0 when there is none:
 * over-long forms, surrogates and values above U+10FFFF are refused. Source: RFC 3629, 4. */
size_t ferryi_utf8_bytes(const unsigned char *text);

/* Whether a character of this length is a control character: below U+0020, or from U+007F to
 * U+009F.
 */
bool ferryi_utf8_is_control(const unsigned char *text, size_t bytes);

/* Turns every byte of a text that is not printable ASCII into '?'. */
void ferryi_utf8_keep_printable(char *text);

#endif
