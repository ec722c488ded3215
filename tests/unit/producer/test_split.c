/* Streams of frames, in pieces of any size, cut off anywhere, or damaged. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Parts of a program, and so in no library. */
#include "sources/film_kind.c"
#include "sources/split.c"
#include "sources/y4m.c"

#define STREAM_BYTES 70000

typedef struct bytes {
    uint8_t *at;
    size_t count;
} bytes;

/* What a stream turned out to be. */
typedef struct outcome {
    split_event end; /* SPLIT_ENDED or SPLIT_BROKEN */
    bool has_begun;
    y4m_header header;
    uint64_t frames;
    uint32_t filled;
    uint64_t checksum; /* of the pixels of all frames */
    ferry_error error;
} outcome;

static uint64_t add_to_checksum(uint64_t sum, const uint8_t *at, size_t count) {
    for (size_t i = 0; i < count; i++)
        sum = (sum ^ at[i]) * 1099511628211u;
    return sum;
}

static uint64_t random_state = 88172645463325252u;

static unsigned random_below(unsigned limit) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (unsigned)(random_state >> 33) % limit;
}

/* Copies the next bytes of the input to where they belong, at most piece of them (0: any number).
 */
static void feed(split *s, bytes *left, size_t piece) {
    size_t room = 0;
    uint8_t *place = split_room(s, &room);
    assert_true(room > 0);
    if (left->count == 0) {
        split_end(s);
        return;
    }
    size_t count = piece == 0 ? 1 + random_below(5000) : piece;
    count = count < room ? count : room;
    count = count < left->count ? count : left->count;
    memcpy(place, left->at, count);
    split_add(s, count);
    left->at += count;
    left->count -= count;
}

static void note_begun(const split *s, outcome *out) {
    assert_false(out->has_begun);
    out->has_begun = true;
    out->header = s->header;
    assert_true(s->header.frame_bytes > 0);
}

/* Splits a stream to its end. The picture has exactly the size of a frame, so that a sanitizer sees
 * a byte too many; headers of frames that are too large for a test end it. */
static outcome run(split *s, bytes stream, size_t piece) {
    outcome out = {.end = SPLIT_HUNGRY};
    uint8_t *picture = NULL;
    while (out.end == SPLIT_HUNGRY) {
        split_event event = split_advance(s, &out.error);
        if (event == SPLIT_HUNGRY) {
            feed(s, &stream, piece);
        } else if (event == SPLIT_BEGUN) {
            note_begun(s, &out);
            if (s->header.frame_bytes > STREAM_BYTES)
                return out;
            picture = malloc(s->header.frame_bytes);
            assert_non_null(picture);
            split_begin(s, picture);
        } else if (event == SPLIT_FRAME) {
            out.checksum = add_to_checksum(out.checksum, picture, s->header.frame_bytes);
            split_begin(s, picture);
        } else {
            out.end = event;
        }
    }
    free(picture);
    out.frames = s->frames;
    out.filled = s->filled;
    return out;
}

static outcome run_y4m(bytes stream, size_t piece) {
    split s;
    split_init_y4m(&s);
    return run(&s, stream, piece);
}

static outcome run_raw(bytes stream, size_t piece, uint32_t frame_bytes) {
    split s;
    split_init_raw(&s, frame_bytes);
    return run(&s, stream, piece);
}

static bytes text(const char *line) {
    return (bytes){.at = (uint8_t *)(uintptr_t)line, .count = strlen(line)};
}

static void append(bytes *stream, const void *at, size_t count) {
    assert_true(stream->count + count <= STREAM_BYTES);
    memcpy(stream->at + stream->count, at, count);
    stream->count += count;
}

/* A stream with noise for pixels, among which there are line ends and words of the format. */
static bytes make_stream(const char *header, size_t frame_bytes, int frames, uint64_t *checksum) {
    bytes stream = {.at = malloc(STREAM_BYTES)};
    assert_non_null(stream.at);
    if (header != NULL)
        append(&stream, header, strlen(header));
    *checksum = 0;
    for (int i = 0; i < frames; i++) {
        const char *line = i % 3 == 0 ? "FRAME\n" : i % 3 == 1 ? "FRAME It XFRAME\n" : "FRAME \n";
        if (header != NULL)
            append(&stream, line, strlen(line));
        size_t begin = stream.count;
        for (size_t k = 0; k < frame_bytes; k++) {
            uint8_t byte = random_below(4) == 0 ? '\n' : (uint8_t)random_below(256);
            append(&stream, &byte, 1);
        }
        if (frame_bytes > 6)
            memcpy(stream.at + begin + random_below((unsigned)frame_bytes - 6), "FRAME\n", 6);
        *checksum = add_to_checksum(*checksum, stream.at + begin, frame_bytes);
    }
    return stream;
}

static const size_t pieces[] = {1, 2, 5, 11, 64, 1023, 4095, 4096, 4097, STREAM_BYTES, 0, 0, 0};
#define PIECE_COUNT (sizeof pieces / sizeof pieces[0])

static const struct {
    const char *header;
    uint32_t frame_bytes;
    int frames;
} streams[] = {
    {"YUV4MPEG2 W34 H20 F30000:1001 Ip A1:1 C420jpeg XYSCSS=420JPEG\n", 1020, 7},
    {"YUV4MPEG2 W3 H5 C422\n", 35, 40},
    {"YUV4MPEG2 W1 H1 Cmono\n", 1, 300},
    {"YUV4MPEG2 W64 H64 Cmono\n", 4096, 5},
    {"YUV4MPEG2 W200 H100\n", 30000, 2},
    {NULL, 1, 500},
    {NULL, 2, 500},
    {NULL, 9, 200},
    {NULL, 4095, 5},
    {NULL, 4096, 5},
    {NULL, 10000, 3},
};

static outcome run_any(const char *header, bytes stream, size_t piece, uint32_t frame_bytes) {
    return header != NULL ? run_y4m(stream, piece) : run_raw(stream, piece, frame_bytes);
}

static void test_whole_streams(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof streams / sizeof streams[0]; i++) {
        uint64_t checksum = 0;
        bytes stream =
            make_stream(streams[i].header, streams[i].frame_bytes, streams[i].frames, &checksum);
        for (size_t k = 0; k < PIECE_COUNT; k++) {
            outcome out = run_any(streams[i].header, stream, pieces[k], streams[i].frame_bytes);
            assert_int_equal(out.end, SPLIT_ENDED);
            assert_true(out.has_begun);
            assert_int_equal(out.header.frame_bytes, streams[i].frame_bytes);
            assert_int_equal(out.frames, streams[i].frames);
            assert_int_equal(out.filled, 0);
            assert_true(out.checksum == checksum);
        }
        free(stream.at);
    }
}

static void check_sentence(const ferry_error *error) {
    assert_int_not_equal(error->status, FERRY_OK);
    assert_non_null(memchr(error->message, '\0', sizeof error->message));
    assert_true(strlen(error->message) > 0);
    for (const char *at = error->message; *at != '\0'; at++)
        assert_in_range(*at, 0x20, 0x7e);
}

/* After each byte of a stream: it has ended if that is after a frame, else it is broken, and the
 * frames before are whole. */
static void check_truncations(const char *header, uint32_t frame_bytes, int frames, size_t piece) {
    uint64_t checksum = 0;
    bytes stream = make_stream(header, frame_bytes, frames, &checksum);
    size_t ends = 0;
    uint64_t last = 0;
    for (size_t count = 0; count <= stream.count; count++) {
        outcome out = run_any(header, (bytes){stream.at, count}, piece, frame_bytes);
        ends += out.end == SPLIT_ENDED;
        assert_in_range(out.frames, last, last + 1);
        assert_int_equal(out.end == SPLIT_ENDED, out.frames == last + 1);
        last = out.frames;
        if (header == NULL && count > 0)
            assert_int_equal(out.frames * frame_bytes + out.filled, count);
        if (out.end != SPLIT_ENDED)
            check_sentence(&out.error);
    }
    assert_int_equal(ends, frames);
    free(stream.at);
}

static void test_truncations(void **state) {
    (void)state;
    check_truncations("YUV4MPEG2 W6 H4 F25:1\n", 36, 6, 1);
    check_truncations("YUV4MPEG2 W6 H4 F25:1\n", 36, 6, 0);
    check_truncations("YUV4MPEG2 W6 H4 F25:1\n", 36, 6, STREAM_BYTES);
    check_truncations(NULL, 13, 10, 1);
    check_truncations(NULL, 13, 10, 0);
}

static void expect_broken(outcome out, const char *part) {
    assert_int_equal(out.end, SPLIT_BROKEN);
    check_sentence(&out.error);
    if (strstr(out.error.message, part) == NULL)
        fail_msg("\"%s\" says nothing of \"%s\"", out.error.message, part);
}

static void test_what_is_said_of_the_end(void **state) {
    (void)state;
    for (size_t k = 0; k < PIECE_COUNT; k++) {
        size_t piece = pieces[k];
        expect_broken(run_y4m(text(""), piece), "it is empty");
        expect_broken(run_raw(text(""), piece, 5), "it is empty");
        expect_broken(run_y4m(text("YUV4"), piece), "ends in the middle of the YUV4MPEG2 header");
        expect_broken(run_y4m(text("YUV4MPEG2 W2 H2"), piece), "ends in the middle of the YUV4");
        expect_broken(run_y4m(text("YUV4MPEG2 W2 H2\n"), piece), "there is no frame");
        expect_broken(run_y4m(text("YUV4MPEG2 W2 H2\nFRAM"), piece), "the line before a frame");
        expect_broken(run_y4m(text("YUV4MPEG2 W2 H2\nFRAME\n"), piece),
                      "it ends in frame 1, of which 0 of 6 bytes have come");
        expect_broken(run_y4m(text("YUV4MPEG2 W2 H2\nFRAME\n123456FRAME\n12345"), piece),
                      "it ends in frame 2, of which 5 of 6 bytes have come");
        expect_broken(run_raw(text("abcdefg"), piece, 5),
                      "it ends in frame 2, of which 2 of 5 bytes have come");
    }
}

static void test_what_is_no_stream(void **state) {
    (void)state;
    static const char film[] = "has to be decoded";
    static const char picture[] = "name the file";
    for (size_t k = 0; k < PIECE_COUNT; k++) {
        size_t piece = pieces[k];
        expect_broken(run_y4m(text("\x89PNG\r\n\x1a\n    "), piece), picture);
        expect_broken(run_y4m(text("\xff\xd8\xff\xe0    JFIF"), piece), picture);
        expect_broken(run_y4m(text("GIF89a      "), piece), picture);
        expect_broken(run_y4m(text("P6\n1 1\n255\nabc"), piece), picture);
        expect_broken(run_y4m(text("RIFF1234WEBPVP8 "), piece), picture);
        expect_broken(run_y4m(text("RIFF1234AVI LIST"), piece), film);
        expect_broken(run_y4m(text("1234ftypisom"), piece), film);
        expect_broken(run_y4m(text("\x1a\x45\xdf\xa3xxxxxxxxx"), piece), film);
        expect_broken(run_y4m(text("nonsense that goes on"), piece), "--raw");
        expect_broken(run_y4m(text("x"), piece), "-f yuv4mpegpipe");
        expect_broken(run_y4m(text("YUV4MPEG W2 H2\n"), piece), "does not begin with YUV4MPEG2");
        expect_broken(run_y4m(text("YUV4MPEG2 W2 Hx\n"), piece), "invalid height: Hx");
    }
}

static void test_raw_that_is_y4m(void **state) {
    (void)state;
    for (size_t k = 0; k < PIECE_COUNT; k++) {
        expect_broken(run_raw(text("YUV4MPEG2 W2 H2\nFRAME\n123456"), pieces[k], 5), "--raw");
        expect_broken(run_raw(text("YUV4MPEG2\nFRAME\n123456"), pieces[k], 1), "--raw");
        /* Pixels may begin like that by chance, as far as it goes. */
        assert_int_equal(run_raw(text("YUV4MPEG2"), pieces[k], 3).frames, 3);
        assert_int_equal(run_raw(text("YUV4MPEG2"), pieces[k], 9).frames, 1);
        assert_int_equal(run_raw(text("YUV4MPEG2x"), pieces[k], 5).frames, 2);
        assert_int_equal(run_raw(text("Y"), pieces[k], 1).frames, 1);
    }
}

static void test_lines_that_do_not_end(void **state) {
    (void)state;
    char line[3 * SPLIT_BUFFER_BYTES] = "YUV4MPEG2 W2 H2 X";
    memset(line + 17, 'x', sizeof line - 17);
    bytes whole = {.at = (uint8_t *)line, .count = sizeof line};
    for (size_t k = 0; k < PIECE_COUNT; k++)
        expect_broken(run_y4m(whole, pieces[k]), "header has more than 1024 bytes");
    /* The longest that is taken, and one byte more. */
    memcpy(line + Y4M_LINE_MAX, "\nFRAME\n123456", 13);
    for (size_t k = 0; k < PIECE_COUNT; k++)
        assert_int_equal(run_y4m((bytes){whole.at, Y4M_LINE_MAX + 13}, pieces[k]).frames, 1);
    memcpy(line + Y4M_LINE_MAX, "x\nFRAME\n123456", 14);
    for (size_t k = 0; k < PIECE_COUNT; k++)
        expect_broken(run_y4m((bytes){whole.at, Y4M_LINE_MAX + 14}, pieces[k]), "header has more");
    memcpy(line, "YUV4MPEG2 W2 H2\nFRAME X", 23);
    memset(line + 23, 'x', sizeof line - 23);
    for (size_t k = 0; k < PIECE_COUNT; k++)
        expect_broken(run_y4m(whole, pieces[k]), "the line before a frame has more than 1024");
}

static void test_what_is_no_frame(void **state) {
    (void)state;
    for (size_t k = 0; k < PIECE_COUNT; k++) {
        outcome out = run_y4m(text("YUV4MPEG2 W2 H2\nFRAME\n123456\nFRAME\n123456"), pieces[k]);
        expect_broken(out, "where frame 2 should begin with FRAME there is \"?");
        assert_int_equal(out.frames, 1);
        expect_broken(run_y4m(text("YUV4MPEG2 W2 H2\nFRAMES\n123456"), pieces[k]), "where frame 1");
        expect_broken(run_y4m(text("YUV4MPEG2 W2 H2\nYUV4MPEG2 W2 H2\n"), pieces[k]), "\"Y");
    }
}

/* Streams with damaged bytes, in pieces of any size: always an answer, and the same as for the
 * stream in one piece. */
static void test_random_damage(void **state) {
    (void)state;
    for (int round = 0; round < 3000; round++) {
        bool is_raw = round % 4 == 0;
        uint64_t checksum = 0;
        bytes stream = make_stream(is_raw ? NULL : "YUV4MPEG2 W6 H4 F25:1\n", 36, 6, &checksum);
        for (unsigned changes = random_below(4); changes > 0; changes--)
            stream.at[random_below((unsigned)stream.count)] = (uint8_t)random_below(256);
        stream.count -= random_below(3) == 0 ? random_below((unsigned)stream.count) : 0;
        const char *header = is_raw ? NULL : "";
        outcome whole = run_any(header, stream, STREAM_BYTES, 36);
        outcome cut = run_any(header, stream, 0, 36);
        assert_int_equal(cut.end, whole.end);
        assert_int_equal(cut.frames, whole.frames);
        assert_int_equal(cut.filled, whole.filled);
        assert_true(cut.checksum == whole.checksum);
        if (whole.end == SPLIT_BROKEN)
            check_sentence(&whole.error);
        free(stream.at);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole_streams),
        cmocka_unit_test(test_truncations),
        cmocka_unit_test(test_what_is_said_of_the_end),
        cmocka_unit_test(test_what_is_no_stream),
        cmocka_unit_test(test_raw_that_is_y4m),
        cmocka_unit_test(test_lines_that_do_not_end),
        cmocka_unit_test(test_what_is_no_frame),
        cmocka_unit_test(test_random_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
