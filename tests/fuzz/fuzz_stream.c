/* What comes from standard input of ferry-producer: the first byte says how large the frames of a
 * raw stream are (0: it is YUV4MPEG2), the second in what pieces it comes, the rest is the stream.
 */
#include "fuzz.h"
#include "shared/y4m.h"
#include "sources/split.h"

/* Frames that are larger are not read. */
#define PICTURE_MAX ((uint32_t)1 << 20)

typedef struct outcome {
    split_event event;
    uint64_t frames;
    uint32_t filled;
    uint64_t sum; /* of all pixels */
} outcome;

static void add(outcome *out, const uint8_t *bytes, size_t count) {
    for (size_t i = 0; i < count; i++)
        out->sum = (out->sum ^ bytes[i]) * 1099511628211u;
}

static void feed(split *s, fuzz_input *in, size_t piece) {
    size_t room = 0;
    uint8_t *place = split_room(s, &room);
    FUZZ_CHECK(room > 0);
    size_t count = in->left < room ? in->left : room;
    count = piece > 0 && piece < count ? piece : count;
    if (count == 0)
        split_end(s);
    memcpy(place, in->data, count);
    split_add(s, count);
    in->data += count;
    in->left -= count;
}

/* Pictures of 10 bits as they are sent, in blocks of exactly their size. */
static void move_up(outcome *out, const split *s, const uint8_t *picture) {
    ferry_layout layout;
    FUZZ_CHECK(ferry_layout_compute(&layout, s->header.format, s->header.width, s->header.height,
                                    0) == FERRY_OK);
    FUZZ_CHECK(s->header.frame_bytes == layout.length_bytes);
    if (s->header.format != FERRY_FORMAT_P010LE)
        return;
    uint8_t *pixels = malloc(layout.length_bytes);
    FUZZ_CHECK(pixels != NULL);
    app_y4m_p010_of_planes(s->header.width, s->header.height, picture, pixels);
    add(out, pixels, layout.length_bytes);
    free(pixels);
}

/* A sentence ends, and has nothing in it that a terminal could take for something else. */
static void check_sentence(const ferry_error *error) {
    size_t length = 0;
    while (length < sizeof error->message && error->message[length] != '\0') {
        FUZZ_CHECK(error->message[length] >= 0x20 && error->message[length] < 0x7f);
        length++;
    }
    FUZZ_CHECK(error->status != FERRY_OK && length > 0 && length < sizeof error->message);
}

static outcome run(fuzz_input in, uint32_t raw_bytes, size_t piece) {
    static split s;
    outcome out = {.event = SPLIT_HUNGRY};
    ferry_error error;
    uint8_t *picture = NULL;
    if (raw_bytes > 0)
        split_init_raw(&s, raw_bytes);
    else
        split_init_y4m(&s);
    while (out.event != SPLIT_ENDED && out.event != SPLIT_BROKEN) {
        out.event = split_advance(&s, &error);
        if (out.event == SPLIT_HUNGRY)
            feed(&s, &in, piece);
        if (out.event == SPLIT_BEGUN) {
            FUZZ_CHECK(picture == NULL && s.header.frame_bytes > 0);
            if (s.header.frame_bytes > PICTURE_MAX)
                break;
            picture = malloc(s.header.frame_bytes);
            FUZZ_CHECK(picture != NULL);
        }
        if (out.event == SPLIT_FRAME) {
            add(&out, picture, s.header.frame_bytes);
            if (raw_bytes == 0)
                move_up(&out, &s, picture);
        }
        if (out.event == SPLIT_BEGUN || out.event == SPLIT_FRAME)
            split_begin(&s, picture);
    }
    if (out.event == SPLIT_BROKEN)
        check_sentence(&error);
    free(picture);
    out.frames = s.frames;
    out.filled = s.filled;
    FUZZ_CHECK(out.filled < s.header.frame_bytes || s.header.frame_bytes == 0);
    return out;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    fuzz_input in = {.data = data, .left = size};
    uint32_t raw_bytes = (uint32_t)fuzz_take(&in, 1);
    size_t piece = (size_t)fuzz_take(&in, 1);
    outcome whole = run(in, raw_bytes, 0);
    outcome pieces = run(in, raw_bytes, piece);
    FUZZ_CHECK(whole.event == pieces.event && whole.frames == pieces.frames);
    FUZZ_CHECK(whole.filled == pieces.filled && whole.sum == pieces.sum);
    return 0;
}
