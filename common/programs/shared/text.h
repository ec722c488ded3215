/* Text from outside (paths, names, what a peer wrote) on its way to people and programs, and the
 * order in which people sort names. Text is UTF-8 as far as it is valid. */
#ifndef APP_TEXT_H
#define APP_TEXT_H

#include <stddef.h>
#include <stdint.h>

#include "shared/line.h"

/* Copies text to out for a terminal: control characters (also those from U+0080 to U+009F) and
 * bytes that are not UTF-8 become \xNN, so that no escape sequence gets through. The part that does
 * not fit into capacity bytes, the final zero included, is cut off at a whole character. Returns
 * the length. */
size_t app_text_escape(char *out, size_t capacity, const char *text);

/* Puts text into a line in the same way, all of it. Without memory the line is cut. */
void app_text_put_escaped(app_line *line, const char *text);

/* Copies text, a command say, to out in quotes that are none of its own: "...", or '...' where it
 * has ", or "..." with a backslash before each of its own where it has both. The part that does not
 * fit is cut off before the last quote. capacity is at least 4. */
void app_text_quote(char *out, size_t capacity, const char *text);

/* Puts text into a line as a JSON string with its quotes. Bytes that are not UTF-8 become U+FFFD,
 * since JSON knows no others; control characters become \uNNNN. Source: RFC 8259, 7. */
void app_text_put_json(app_line *line, const char *text);

/* The four characters of a FourCC code; those that are not printable ASCII as \xNN. */
#define APP_FOURCC_TEXT_BYTES 17
void app_text_fourcc(char out[APP_FOURCC_TEXT_BYTES], uint32_t code);

/* The pixel format with this name; 0: there is none, or it is compressed. */
uint32_t app_text_find_format(const char *name);

/* Names all these pixel formats, with a blank between two. */
#define APP_TEXT_FORMATS_BYTES 1024
void app_text_formats(char out[APP_TEXT_FORMATS_BYTES]);

/* Puts these names into a line as lines of --help: from column indent on, up to 80 columns. Those
 * of Bayer formats are one word; the manual page lists them. */
void app_text_put_formats(app_line *line, size_t indent);

/* Less than, equal to or greater than 0 as a comes before, with or after b: runs of digits by their
 * value (img2 before img10), all else byte by byte without regard to the case of ASCII letters.
 * Names that are equal in this way are told apart by strcmp, so that the order never depends on
 * chance. */
int app_text_compare_natural(const char *a, const char *b);

#endif
