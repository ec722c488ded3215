#include "sources/split.h"

#include <inttypes.h>
#include <string.h>

#include "host/inside.h"
#include "shared/y4m.h"
#include "sources/film_kind.h"

/* Bytes for a first look: the signature with the blank behind it, and enough to recognise other
 * files. Every YUV4MPEG2 stream has more. */
#define LOOK_BYTES 12

#define SIGNATURE_BYTES (sizeof APP_Y4M_SIGNATURE - 1)

void split_init_y4m(split *s) {
    *s = (split){.state = SPLIT_AT_START};
}

void split_init_raw(split *s, uint32_t frame_bytes) {
    *s = (split){.is_raw = true, .state = SPLIT_AT_START, .header = {.frame_bytes = frame_bytes}};
}

void split_begin(split *s, uint8_t *picture) {
    s->picture = picture;
}

static size_t kept(const split *s) {
    return s->end - s->begin;
}

static const char *kept_text(const split *s) {
    return (const char *)s->bytes + s->begin;
}

uint8_t *split_room(split *s, size_t *count) {
    if (s->state == SPLIT_IN_PICTURE && kept(s) == 0 && s->picture != NULL) {
        *count = s->header.frame_bytes - s->filled;
        return s->picture + s->filled;
    }
    memmove(s->bytes, s->bytes + s->begin, kept(s));
    s->end -= s->begin;
    s->begin = 0;
    *count = SPLIT_BUFFER_BYTES - s->end;
    return s->bytes + s->end;
}

void split_add(split *s, size_t count) {
    if (s->state == SPLIT_IN_PICTURE && kept(s) == 0 && s->picture != NULL)
        s->filled += (uint32_t)count;
    else
        s->end += count;
}

void split_end(split *s) {
    s->has_ended = true;
}

static split_event broken(ferry_error *error, const char *sentence) {
    ferryi_fail(error, FERRY_UNREADABLE, 0, "%s", sentence);
    return SPLIT_BROKEN;
}

/* Beginnings of files that are no stream of frames, but that people try. */
static const char *known_kind(const char *bytes, size_t count) {
    static const struct {
        size_t offset;
        const char *magic;
        size_t length;
    } pictures[] = {
        {0, "\x89PNG", 4}, {0, "\xff\xd8\xff", 3}, {0, "GIF8", 4}, {0, "BM", 2},
        {0, "P5", 2},      {0, "P6", 2},           {8, "WEBP", 4},
    };
    for (size_t i = 0; i < sizeof pictures / sizeof pictures[0]; i++)
        if (count >= pictures[i].offset + pictures[i].length &&
            memcmp(bytes + pictures[i].offset, pictures[i].magic, pictures[i].length) == 0)
            return "it is a picture: name the file in place of -";
    return film_kind((const uint8_t *)bytes, count) == NULL
               ? NULL
               : "it is a film that has to be decoded: ffmpeg -i FILM -f yuv4mpegpipe - | "
                 "ferry-producer -";
}

static split_event fail_alien(const split *s, ferry_error *error) {
    const char *kind = known_kind(kept_text(s), kept(s));
    return broken(error, kind != NULL ? kind
                                      : "it does not begin with " APP_Y4M_SIGNATURE
                                        ": give ffmpeg -f yuv4mpegpipe, or say with --raw "
                                        "WxH:FORMAT what the frames are");
}

static split_event fail_empty(ferry_error *error) {
    return broken(error, "it is empty: has the program that should write it failed?");
}

/* Looks for a line's end. *length is that of the line. SPLIT_BEGUN: it is there. */
static split_event find_line(const split *s, size_t *length, const char *what, ferry_error *error) {
    const char *end = memchr(kept_text(s), '\n', kept(s));
    *length = end == NULL ? kept(s) : (size_t)(end - kept_text(s));
    if (*length > Y4M_LINE_MAX) {
        ferryi_fail(error, FERRY_UNREADABLE, 0, "%s has more than %d bytes", what, Y4M_LINE_MAX);
        return SPLIT_BROKEN;
    }
    if (end != NULL)
        return SPLIT_BEGUN;
    if (!s->has_ended)
        return SPLIT_HUNGRY;
    ferryi_fail(error, FERRY_UNREADABLE, 0, "it ends in the middle of %s", what);
    return SPLIT_BROKEN;
}

static split_event start_y4m(split *s, ferry_error *error) {
    if (kept(s) == 0 && s->has_ended)
        return fail_empty(error);
    if (kept(s) < LOOK_BYTES && !s->has_ended)
        return SPLIT_HUNGRY;
    if (!y4m_begins_header(kept_text(s), kept(s)))
        return fail_alien(s, error);
    size_t length = 0;
    split_event event = find_line(s, &length, "the YUV4MPEG2 header", error);
    if (event != SPLIT_BEGUN)
        return event;
    if (y4m_parse_header(&s->header, kept_text(s), length, error) != FERRY_OK)
        return SPLIT_BROKEN;
    s->begin += length + 1;
    s->state = SPLIT_AT_LINE;
    return SPLIT_BEGUN;
}

static split_event start_raw(split *s, ferry_error *error) {
    if (kept(s) == 0 && s->has_ended)
        return fail_empty(error);
    if (y4m_begins_header(kept_text(s), kept(s))) {
        if (kept(s) > SIGNATURE_BYTES)
            return broken(error, "it is a YUV4MPEG2 stream, which says itself what its frames are: "
                                 "leave --raw out");
        if (!s->has_ended)
            return SPLIT_HUNGRY;
    }
    s->state = SPLIT_IN_PICTURE;
    return SPLIT_BEGUN;
}

static split_event fail_cut(const split *s, ferry_error *error) {
    ferryi_fail(error, FERRY_UNREADABLE, 0,
                "it ends in frame %" PRIu64 ", of which %" PRIu32 " of %" PRIu32 " bytes have come",
                s->frames + 1, s->filled, s->header.frame_bytes);
    return SPLIT_BROKEN;
}

/* Goes on in the picture, SPLIT_BEGUN, once the line before it is whole. */
static split_event take_line(split *s, ferry_error *error) {
    if (kept(s) == 0 && s->has_ended && s->frames > 0)
        return SPLIT_ENDED;
    if (kept(s) == 0 && s->has_ended)
        return broken(error, "there is no frame after the YUV4MPEG2 header");
    if (!y4m_begins_frame(kept_text(s), kept(s))) {
        char quoted[Y4M_QUOTE_BYTES];
        y4m_quote(quoted, kept_text(s), kept(s) < 8 ? kept(s) : 8);
        ferryi_fail(error, FERRY_UNREADABLE, 0,
                    "where frame %" PRIu64 " should begin with " APP_Y4M_FRAME " there is \"%s\"",
                    s->frames + 1, quoted);
        return SPLIT_BROKEN;
    }
    size_t length = 0;
    split_event event = find_line(s, &length, "the line before a frame", error);
    if (event == SPLIT_BEGUN) {
        s->begin += length + 1;
        s->state = SPLIT_IN_PICTURE;
    }
    return event;
}

static split_event take_picture(split *s, ferry_error *error) {
    size_t wanted = s->header.frame_bytes - s->filled;
    size_t taken = kept(s) < wanted ? kept(s) : wanted;
    memcpy(s->picture + s->filled, s->bytes + s->begin, taken);
    s->begin += taken;
    s->filled += (uint32_t)taken;
    if (taken < wanted && !s->has_ended)
        return SPLIT_HUNGRY;
    if (taken < wanted)
        return s->is_raw && s->filled == 0 ? SPLIT_ENDED : fail_cut(s, error);
    s->frames++;
    s->filled = 0;
    s->picture = NULL;
    s->state = s->is_raw ? SPLIT_IN_PICTURE : SPLIT_AT_LINE;
    return SPLIT_FRAME;
}

split_event split_advance(split *s, ferry_error *error) {
    if (s->state == SPLIT_AT_START)
        return s->is_raw ? start_raw(s, error) : start_y4m(s, error);
    if (s->state == SPLIT_AT_LINE) {
        split_event event = take_line(s, error);
        if (event != SPLIT_BEGUN)
            return event;
    }
    return take_picture(s, error);
}
