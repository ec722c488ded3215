/* --raw. */
#include "source.h"

#include <string.h>

#include "message.h"

#define DIGITS "0123456789"
#define DIGITS_MAX 10

/* A number that is too long becomes none. */
static void take_digits(char out[DIGITS_MAX + 1], const char *text, size_t length) {
    memcpy(out, text, length <= DIGITS_MAX ? length : 0);
    out[length <= DIGITS_MAX ? length : 0] = '\0';
}

/* Reads "WxH:" and returns what follows; NULL: it is not of this form. */
static const char *take_size(const char *text, uint64_t *width, uint64_t *height) {
    char digits[DIGITS_MAX + 1];
    size_t length = strspn(text, DIGITS);
    take_digits(digits, text, length);
    text += length;
    if (*text != 'x' || !ferryi_parse_whole(digits, 1, INT32_MAX, width))
        return NULL;
    length = strspn(++text, DIGITS);
    take_digits(digits, text, length);
    text += length;
    if (*text != ':' || !ferryi_parse_whole(digits, 1, INT32_MAX, height))
        return NULL;
    return text + 1;
}

bool raw_parse(const char *text, stream_request *out) {
    uint64_t width = 0;
    uint64_t height = 0;
    ferry_layout layout;
    const char *format = take_size(text, &width, &height);
    if (format == NULL) {
        ferryi_message_usage("--raw wants WxH:FORMAT, such as 1280x720:bgr24, not \"%s\"", text);
        return false;
    }
    out->is_raw = true;
    out->width = (int32_t)width;
    out->height = (int32_t)height;
    out->format = ferry_format_from_name(format);
    if (out->format == 0)
        ferryi_message_usage("--raw \"%s\": unknown pixel format; there are gray gray16le bgr24 "
                             "rgb24 bgra rgba yuyv422 nv12 yuv420p rgb565le",
                             text);
    else if (ferry_layout_compute(&layout, out->format, out->width, out->height, 0) != FERRY_OK)
        ferryi_message_usage("--raw \"%s\": such frames have 2 GiB or more, which is too much",
                             text);
    else
        return true;
    return false;
}
