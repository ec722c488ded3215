#include "sources/http_url.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "host/inside.h"
#include "shared/parse.h"

#define PLAIN "http://"
#define SECRET "https://"

static char lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool begins_with(const char *text, const char *begin) {
    for (; *begin != '\0'; text++, begin++)
        if (lower(*text) != *begin)
            return false;
    return true;
}

bool http_url_is(const char *text) {
    return begins_with(text, PLAIN) || begins_with(text, SECRET);
}

/* Characters that an address has (RFC 3986, 2), without "#": a part of a page is none of ours. */
static bool has_allowed(const char *text) {
    return text[strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                             "-._~:/?[]@!$&'()*+,;=%")] == '\0';
}

static ferry_status wrong(ferry_error *error, const char *text, const char *why) {
    return ferryi_fail(error, FERRY_INVALID_ARGUMENT, 0, "%.300s: %s", text, why);
}

/* ---- host and port ---- */

static bool is_number(const char *text, size_t length, uint64_t most) {
    char digits[8];
    uint64_t value = 0;
    if (length == 0 || length >= sizeof digits)
        return false;
    memcpy(digits, text, length);
    digits[length] = '\0';
    return app_parse_whole(digits, 1, most, &value);
}

static bool is_word(const char *text, size_t length, const char *word) {
    return strlen(word) == length && strncmp(text, word, length) == 0;
}

/* A name may begin with such a number, and be that of any machine. */
static bool is_loopback(const char *host, size_t length) {
    size_t digits = strspn(host, "0123456789.");
    return is_word(host, length, "localhost") || is_word(host, length, "[::1]") ||
           (strncmp(host, "127.", 4) == 0 && digits >= length);
}

/* "host:8090" or "[::1]:8090". */
static ferry_status read_authority(http_url *out, const char *text, const char *at, size_t length,
                                   ferry_error *error) {
    if (memchr(at, '@', length) != NULL)
        return wrong(error, text,
                     "a name or a password in an address is shown to all users of this machine: "
                     "put the token of ferry-web into a file, and give --token-file FILE");
    const char *end = at + length;
    const char *host_end = *at == '[' ? memchr(at, ']', length) : memchr(at, ':', length);
    if (*at == '[' && host_end != NULL)
        host_end++;
    if (host_end == NULL)
        host_end = end;
    size_t host_length = (size_t)(host_end - at);
    out->has_port = host_end < end;
    if (host_length == 0 || (*at == '[' && host_end[-1] != ']'))
        return wrong(error, text, "an address has a host, as in http://HOST:8090/CHANNEL");
    if (out->has_port &&
        (*host_end != ':' || !is_number(host_end + 1, (size_t)(end - host_end - 1), 65535)))
        return wrong(error, text, "the port is a number from 1 to 65535");
    out->is_loopback = is_loopback(at, host_length);
    return FERRY_OK;
}

/* ---- path ---- */

static int hex_digit(char c) {
    const char *digits = "0123456789abcdef";
    const char *found = c == '\0' ? NULL : strchr(digits, lower(c));
    return found == NULL ? -1 : (int)(found - digits);
}

/* The last part of the path, in which "%5f" may stand for a character. */
static ferry_status read_channel(http_url *out, const char *text, const char *at, size_t length,
                                 ferry_error *error) {
    size_t used = 0;
    for (size_t i = 0; i < length && used < sizeof out->channel - 1; i++) {
        char c = at[i];
        if (c == '%' && i + 2 < length && hex_digit(at[i + 1]) >= 0 && hex_digit(at[i + 2]) >= 0) {
            c = (char)(hex_digit(at[i + 1]) * 16 + hex_digit(at[i + 2]));
            i += 2;
        }
        if (c == '\0')
            return wrong(error, text, "a channel's name has no zeros");
        out->channel[used++] = c;
        if (used == sizeof out->channel - 1 && i + 1 < length)
            return wrong(error, text, "the channel's name is too long");
    }
    out->channel[used] = '\0';
    if (used == 0)
        return wrong(error, text,
                     "the channel is missing, as in http://HOST:8090/CHANNEL; in a browser, "
                     "the address without it shows which channels there are");
    ferry_error cause;
    ferry_status status = ferry_name_check(out->channel, &cause);
    if (status != FERRY_OK)
        return ferryi_fail(error, status, 0, "%.200s: %.250s", text, cause.message);
    return FERRY_OK;
}

/* Everything before "?", without slashes at its end. */
static ferry_status read_path(http_url *out, const char *text, const char *path, const char *end,
                              ferry_error *error) {
    while (end > path && end[-1] == '/')
        end--;
    size_t length = (size_t)(end - text);
    if (length >= sizeof out->base)
        return wrong(error, text, "the address is too long");
    memcpy(out->base, text, length);
    out->base[length] = '\0';
    const char *part = end;
    while (part > path && part[-1] != '/')
        part--;
    return read_channel(out, text, part, (size_t)(end - part), error);
}

/* ---- what stands behind "?" ---- */

/* Numbers that are handed on to the server: for the levels of a window it says itself what may be.
 */
static bool hands_on(const char *key, size_t length, uint64_t *most) {
    static const struct {
        const char *key;
        uint64_t most; /* 0: any number */
    } numbers[] = {{"q", 100}, {"w", 65535}, {"lo", 0}, {"hi", 0}};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        if (is_word(key, length, numbers[i].key)) {
            *most = numbers[i].most;
            return true;
        }
    return false;
}

/* One "key=value". */
static ferry_status read_wish(http_url *out, const char *text, const char *at, size_t length,
                              ferry_error *error) {
    const char *equals = memchr(at, '=', length);
    size_t key_length = equals == NULL ? length : (size_t)(equals - at);
    const char *value = equals == NULL ? at + length : equals + 1;
    size_t value_length = (size_t)(at + length - value);
    uint64_t most = 0, number = 0;
    char digits[16] = "";
    if (is_word(at, key_length, "token"))
        return wrong(error, text,
                     "a token in an address is shown to all users of this machine: put it into a "
                     "file, and give --token-file FILE");
    if (is_word(at, key_length, "format")) {
        out->is_jpeg = is_word(value, value_length, "jpeg");
        if (out->is_jpeg || is_word(value, value_length, "raw"))
            return FERRY_OK;
        return wrong(error, text, "format is raw, which is usual, or jpeg");
    }
    if (!hands_on(at, key_length, &most))
        return wrong(error, text, "behind \"?\" there may be format, q, w, lo and hi");
    if (value_length < sizeof digits)
        memcpy(digits, value, value_length);
    if (most > 0 && !app_parse_whole(digits, 1, most, &number))
        return ferryi_fail(error, FERRY_INVALID_ARGUMENT, 0,
                           "%.300s: %.*s is a whole number from 1 to %" PRIu64, text,
                           (int)key_length, at, most);
    if (digits[0] == '\0' || digits[strspn(digits, "0123456789.-")] != '\0')
        return ferryi_fail(error, FERRY_INVALID_ARGUMENT, 0, "%.300s: %.*s is a number", text,
                           (int)key_length, at);
    size_t used = strlen(out->picture);
    if (used + key_length + value_length + 3 > sizeof out->picture)
        return wrong(error, text, "the address is too long");
    snprintf(out->picture + used, sizeof out->picture - used, "&%.*s=%s", (int)key_length, at,
             digits);
    return FERRY_OK;
}

static ferry_status read_wishes(http_url *out, const char *text, const char *at,
                                ferry_error *error) {
    while (*at != '\0') {
        size_t length = strcspn(at, "&");
        ferry_status status = length == 0 ? FERRY_OK : read_wish(out, text, at, length, error);
        if (status != FERRY_OK)
            return status;
        at += length + (at[length] == '&');
    }
    if (!out->is_jpeg && out->picture[0] != '\0')
        return wrong(error, text, "q, w, lo and hi need format=jpeg");
    return FERRY_OK;
}

ferry_status http_url_parse(http_url *out, const char *text, ferry_error *error) {
    *out = (http_url){.is_secret = begins_with(text, SECRET)};
    const char *host = text + strlen(out->is_secret ? SECRET : PLAIN);
    const char *path = host + strcspn(host, "/?");
    const char *query = host + strcspn(host, "?");
    if (!has_allowed(text))
        return wrong(error, text, "an address has no such characters; write them as %XX");
    ferry_status status = read_authority(out, text, host, (size_t)(path - host), error);
    if (status == FERRY_OK)
        status = read_path(out, text, path, query, error);
    if (status == FERRY_OK && *query == '?')
        status = read_wishes(out, text, query + 1, error);
    return status;
}

void http_url_request(const http_url *url, const http_wish *wish, char out[HTTP_REQUEST_BYTES]) {
    char last[80] = "";
    bool is_jpeg = url->is_jpeg && !wish->is_raw;
    if (wish->has_last)
        snprintf(last, sizeof last, "&after=%" PRIu64 "&generation=%016" PRIx64, wish->frame,
                 wish->generation);
    snprintf(out, HTTP_REQUEST_BYTES, "%s/frame.%s?wait=%u%s%s", url->base, is_jpeg ? "jpg" : "raw",
             wish->wait_seconds, last, is_jpeg ? url->picture : "");
}
