#include "message.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_HEAD = 13, LETTERS = 26, FULL_HEADER = 4, SHORT_HEADER = 3 };

static uint32_t next_random(uint32_t *state) {
    *state = *state * 1664525u + 1013904223u;
    return *state >> 16;
}

/* Small letters, and now and then one of two bytes. */
static size_t make_text(const payload *p, uint32_t index, char *to) {
    uint32_t state = index * 2654435761u + 12345u;
    size_t tail = next_random(&state) % (p->tail + 1);
    int head = snprintf(to, 32, "message %04u ", (unsigned)index);
    char *at = to + head, *end = at + tail;
    while (at < end) {
        uint32_t random = next_random(&state);
        if (random % 16 == 0 && end - at >= 2) {
            *at++ = (char)0xc3;
            *at++ = (char)0xa9;
        } else {
            *at++ = (char)('a' + random / 16 % LETTERS);
        }
    }
    *at = '\0';
    return (size_t)(at - to) + 1;
}

typedef struct extent {
    int32_t length, width, height;
} extent;

static extent image_extent(const payload *p, uint32_t index) {
    extent e = {0, p->width, p->height};
    if (p->vary) {
        e.width = (int32_t)(8 + index * 37 % 57);
        e.height = (int32_t)(6 + index * 53 % 43);
    }
    e.length = e.width * e.height * (p->bits / 8);
    return e;
}

/* The index, and a ramp whose beginning and slope depend on it. */
static uint8_t pixel_byte(uint32_t index, size_t place) {
    if (place < sizeof index)
        return (uint8_t)(index >> (8 * place));
    return (uint8_t)(index * 167 + 13 + (uint32_t)place * (2 * index + 1));
}

static size_t header_words(const payload *p) {
    return p->kind == PAYLOAD_IMAGE ? FULL_HEADER : p->kind == PAYLOAD_SHORT ? SHORT_HEADER : 0;
}

static size_t make_header(const payload *p, extent e, uint8_t *to) {
    int32_t words[FULL_HEADER] = {e.length, e.width, e.height, p->bits};
    if (p->kind == PAYLOAD_SHORT)
        for (size_t i = 0; i < SHORT_HEADER; i++)
            words[i] = p->order[i] == 'w' ? e.width : p->order[i] == 'h' ? e.height : e.length;
    size_t bytes = 4 * header_words(p);
    memcpy(to, words, bytes);
    return bytes;
}

size_t message_size(const payload *p, uint32_t index) {
    if (p->kind != PAYLOAD_TEXT)
        return 4 * header_words(p) + (size_t)image_extent(p, index).length;
    char text[4096];
    return make_text(p, index, text);
}

void message_make(const payload *p, uint32_t index, uint8_t *to) {
    if (p->kind == PAYLOAD_TEXT) {
        make_text(p, index, (char *)to);
        return;
    }
    extent e = image_extent(p, index);
    to += make_header(p, e, to);
    for (size_t i = 0; i < (size_t)e.length; i++)
        to[i] = pixel_byte(index, i);
}

/* The extent that a header tells, and whether it is one. */
static bool read_header(const payload *p, const uint8_t *bytes, extent *e) {
    int32_t words[FULL_HEADER] = {0, 0, 0, p->bits};
    memcpy(words, bytes, 4 * header_words(p));
    if (p->kind == PAYLOAD_RAW) {
        *e = image_extent(p, 0);
    } else if (p->kind == PAYLOAD_SHORT) {
        for (size_t i = 0; i < SHORT_HEADER; i++)
            *(p->order[i] == 'w'   ? &e->width
              : p->order[i] == 'h' ? &e->height
                                   : &e->length) = words[i];
    } else {
        *e = (extent){words[0], words[1], words[2]};
    }
    return e->length >= 4 && e->width > 0 && e->height > 0 && words[3] == p->bits &&
           (int64_t)e->width * e->height * (p->bits / 8) == e->length;
}

size_t message_extent(const payload *p, const uint8_t *bytes, size_t room) {
    if (p->kind == PAYLOAD_TEXT) {
        const uint8_t *nul = memchr(bytes, '\0', room);
        return nul == NULL ? room : (size_t)(nul - bytes) + 1;
    }
    extent e = {0};
    size_t size = 4 * header_words(p);
    if (size <= room && read_header(p, bytes, &e) && (size_t)e.length <= room - size)
        size += (size_t)e.length;
    return size < room ? size : room;
}

static verdict check_text(const payload *p, const uint8_t *bytes, size_t room, uint32_t *index,
                          char *why) {
    char wanted[4096], *end;
    if (room == 0 || bytes[0] == '\0')
        return MESSAGE_NONE;
    size_t size = message_extent(p, bytes, room);
    if (size < TEXT_HEAD || memcmp(bytes, "message ", 8) != 0) {
        snprintf(why, MESSAGE_WHY_BYTES, "no message: %.*s", (int)(size < 60 ? size : 60),
                 (const char *)bytes);
        return MESSAGE_BAD;
    }
    *index = (uint32_t)strtoul((const char *)bytes + 8, &end, 10);
    size_t wanted_size = make_text(p, *index, wanted);
    return size == wanted_size && memcmp(bytes, wanted, size) == 0 ? MESSAGE_OK : MESSAGE_TORN;
}

static bool is_blank(const uint8_t *bytes, size_t size) {
    for (size_t i = 0; i < size; i++)
        if (bytes[i] != 0)
            return false;
    return true;
}

verdict message_check(const payload *p, const uint8_t *bytes, size_t room, uint32_t *index,
                      char why[MESSAGE_WHY_BYTES]) {
    extent e = {0};
    size_t header = 4 * header_words(p), place = 0;
    *index = 0;
    if (p->kind == PAYLOAD_TEXT)
        return check_text(p, bytes, room, index, why);
    if (is_blank(bytes, room < header + 16 ? room : header + 16))
        return MESSAGE_NONE;
    bool whole = room >= header + 4 && read_header(p, bytes, &e);
    if (!whole || (size_t)e.length > room - header) {
        snprintf(why, MESSAGE_WHY_BYTES, "header, length %ld, width %ld, height %ld",
                 (long)e.length, (long)e.width, (long)e.height);
        return MESSAGE_BAD;
    }
    const uint8_t *pixels = bytes + header;
    for (size_t i = 0; i < 4; i++)
        *index |= (uint32_t)pixels[i] << (8 * i);
    extent wanted = image_extent(p, *index);
    if (wanted.width != e.width || wanted.height != e.height)
        return MESSAGE_TORN;
    while (place < (size_t)e.length && pixels[place] == pixel_byte(*index, place))
        place++;
    return place == (size_t)e.length ? MESSAGE_OK : MESSAGE_TORN;
}

/* ---- nonsense ---- */

/* Headers that no program should believe: length, width, height, bits. */
typedef struct nonsense {
    const char *name;
    int32_t words[FULL_HEADER];
} nonsense;

static const nonsense headers[] = {
    {"length-large", {0x7fffffff, 40, 30, 24}},
    {"length-negative", {-3600, 40, 30, 24}},
    {"length-other", {3601, 40, 30, 24}},
    {"width-zero", {3600, 0, 30, 24}},
    {"height-zero", {3600, 40, 0, 24}},
    {"width-negative", {3600, -40, 30, 24}},
    {"bits-7", {3600, 40, 30, 7}},
    {"bits-negative", {3600, 40, 30, -24}},
    {"overflow", {0, 65536, 65536, 32}},
    {"overflow-64", {16, 0x7fffffff, 0x7fffffff, 0x7ffffff8}},
    {"int-min", {INT32_MIN, INT32_MIN, INT32_MIN, INT32_MIN}},
    {"all-ones", {-1, -1, -1, -1}},
};

enum { HEADERS = sizeof headers / sizeof *headers };

static const char *const texts[] = {"no-nul", "no-utf8", "cut-utf8", ""};

const char *message_nonsense(size_t number) {
    return number < HEADERS ? headers[number].name : texts[number - HEADERS];
}

static size_t make_text_nonsense(const char *what, uint8_t *to, size_t room) {
    static const char no_utf8[] = "message 0001 \xff\xfe\xc0\x80\xed\xa0\x80";
    static const char cut_utf8[] = "message 0001 \xe2\x82";
    if (strcmp(what, "no-nul") == 0) {
        memset(to, 'x', room);
        return room;
    }
    const char *text = strcmp(what, "no-utf8") == 0    ? no_utf8
                       : strcmp(what, "cut-utf8") == 0 ? cut_utf8
                                                       : NULL;
    if (text == NULL)
        return 0;
    memcpy(to, text, strlen(text) + 1);
    return strlen(text) + 1;
}

size_t message_make_nonsense(const char *what, const payload *p, uint8_t *to, size_t room) {
    for (size_t i = 0; i < HEADERS; i++) {
        if (strcmp(what, headers[i].name) != 0)
            continue;
        payload of = *p;
        const int32_t *words = headers[i].words;
        of.bits = words[3];
        return make_header(&of, (extent){words[0], words[1], words[2]}, to);
    }
    return make_text_nonsense(what, to, room);
}
