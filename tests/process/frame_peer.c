/* Frames to the byte, for tests of what carries them from one machine to another. Usage:
 *
 *   frame_peer send CHANNEL      sends a frame for each byte on standard input: all pixel formats
 * in several sizes, with padding and planes in any order, and texts frame_peer receive CHANNEL
 * prints the newest frame each time
 *
 * Both print a line for each frame: its description, and the SHA-1 of all its bytes. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <frameferry/frameferry.h>

#include "support/sha1.h"

#define SLOT_BYTES (UINT64_C(64) << 20)

static void print_hex(const uint8_t *bytes, size_t count) {
    for (size_t i = 0; i < count; i++)
        printf("%02x", (unsigned)bytes[i]);
}

/* Everything but what a channel adds, and the time. */
static void print_frame(const ferry_frame_info *i, const uint8_t *pixels) {
    uint8_t digest[FERRYI_SHA1_BYTES];
    printf("%08" PRIx32 " %dx%d bits %" PRIu32 " stride %" PRIu32 " bytes %" PRIu32
           " color %" PRIu32 " %" PRIu32 " %" PRIu32 " %" PRIu32 " %" PRIu32 " %" PRIu32
           " rate %" PRIu32 "/%" PRIu32 " aspect %" PRIu32 "/%" PRIu32,
           i->format, (int)i->width, (int)i->height, i->bit_count, i->stride_bytes, i->length_bytes,
           i->color_matrix, i->color_primaries, i->color_transfer, i->color_range, i->chroma_site,
           i->field_order, i->frame_rate_num, i->frame_rate_den, i->pixel_aspect_num,
           i->pixel_aspect_den);
    for (uint32_t p = 0; p < i->plane_count; p++)
        printf(" plane %" PRIu32 ":%" PRIu32, i->plane_offset_bytes[p], i->plane_stride_bytes[p]);
    printf(" flags %" PRIu32 " sequence %" PRIu64 " exposure %" PRIu64 " meta ", i->flags,
           i->sequence, i->exposure_ns);
    print_hex(i->metadata, i->metadata_bytes);
    ferryi_sha1(digest, pixels, i->length_bytes);
    printf(" sha1 ");
    print_hex(digest, sizeof digest);
    printf("\n");
    fflush(stdout);
}

static int fail(const char *what, const ferry_error *error) {
    fprintf(stderr, "%s: %s\n", what, error->message);
    return 1;
}

/* ---- sending ---- */

static uint32_t random_state = 1;

static uint32_t next_random(void) {
    random_state = random_state * 1664525u + 1013904223u;
    return random_state >> 8;
}

/* Planes in reverse order, with room between them and behind their rows. */
static void spread(ferry_frame_info *info, const ferry_layout *layout) {
    uint32_t at = 3;
    info->plane_count = layout->plane_count;
    for (uint32_t p = layout->plane_count; p-- > 0;) {
        info->plane_offset_bytes[p] = at;
        info->plane_stride_bytes[p] = layout->planes[p].row_bytes + 5;
        at += info->plane_stride_bytes[p] * layout->planes[p].rows + 7;
    }
    info->stride_bytes = info->plane_stride_bytes[0];
    info->length_bytes = at;
}

static void describe(ferry_frame_info *info, uint32_t format, int32_t width, int32_t height,
                     unsigned way) {
    ferry_layout layout;
    *info = (ferry_frame_info){.width = width, .height = height, .format = format};
    if (format == FERRY_FORMAT_TEXT || ferry_format_is_compressed(format) ||
        ferry_layout_compute(&layout, format, width, height, 0) != FERRY_OK) {
        info->length_bytes = 1 + next_random() % 5000;
        if (format == FERRY_FORMAT_TEXT) {
            info->width = (int32_t)info->length_bytes;
            info->height = 1;
        }
    } else if (way == 1) {
        info->stride_bytes = layout.planes[0].stride_bytes + 6;
    } else if (way == 2) {
        spread(info, &layout);
    }
}

/* Gives a frame all properties that it may have, in turn each of their values. */
static void adorn(ferry_frame_info *info, unsigned round) {
    info->color_matrix = round % 4;
    info->color_range = round % 3;
    info->color_primaries = round % 13;
    info->color_transfer = round % 19;
    info->chroma_site = round % 7;
    info->field_order = round % 6;
    if (round % 2 == 1) {
        info->frame_rate_num = 30000 + round;
        info->frame_rate_den = 1001;
        info->pixel_aspect_num = round;
        info->pixel_aspect_den = UINT32_MAX;
    }
    info->flags = FERRY_FRAME_HAS_SEQUENCE | (round & 23);
    info->sequence = UINT64_MAX - round;
    info->exposure_ns = round % 3 * UINT64_C(5000000000000);
    info->metadata_bytes = round * 37 % (FERRY_METADATA_MAX + 1);
    for (uint32_t i = 0; i < info->metadata_bytes; i++)
        info->metadata[i] = (uint8_t)next_random();
}

static int send_one(ferry_producer *producer, const ferry_frame_info *wanted) {
    ferry_claim claim;
    ferry_error error;
    if (ferry_producer_claim(producer, wanted, &claim, &error) != FERRY_OK)
        return fail("claim", &error);
    for (uint32_t i = 0; i < claim.info.length_bytes; i++)
        claim.pixels[i] = (uint8_t)(next_random() >> (i & 7));
    const ferry_frame_info info = claim.info;
    print_frame(&info, claim.pixels); /* before others may read it */
    if (ferry_producer_commit(producer, &claim, NULL, &error) != FERRY_OK)
        return fail("commit", &error);
    return 0;
}

static int run_sender(const char *channel) {
    static const int32_t sizes[][2] = {{1, 1}, {2, 2}, {7, 5}, {64, 48}, {3840, 2160}};
    ferry_producer_options options = FERRY_PRODUCER_OPTIONS_INIT;
    ferry_producer *producer = NULL;
    ferry_frame_info info;
    ferry_error error;
    options.name = channel;
    options.slot_bytes = SLOT_BYTES;
    if (ferry_producer_create(&producer, &options, &error) != FERRY_OK)
        return fail("create", &error);
    unsigned round = 0;
    int code = 0;
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++)
        for (size_t f = 0;; f++) {
            uint32_t format = ferry_format_at(f);
            /* Of the largest pictures a few are enough, and one format has no name. */
            bool is_large = sizes[s][0] > 1000;
            if (format == 0 && f > 0 && ferry_format_at(f - 1) != 0)
                format = FERRY_FOURCC('N', 'O', 'N', 'E');
            else if (format == 0)
                break;
            for (unsigned way = 0; way < (is_large ? 1u : 3u) && code == 0; way++, round++) {
                if (is_large && f % 8 != 1)
                    continue;
                describe(&info, format, sizes[s][0], sizes[s][1], way);
                adorn(&info, round);
                if (getchar() == EOF)
                    goto done;
                code = send_one(producer, &info);
            }
            if (format == FERRY_FOURCC('N', 'O', 'N', 'E'))
                break;
        }
    printf("end\n");
    fflush(stdout);
    getchar();
done:
    ferry_producer_close(&producer);
    return code;
}

/* ---- receiving ---- */

static int run_receiver(const char *channel) {
    ferry_consumer_options options = FERRY_CONSUMER_OPTIONS_INIT;
    ferry_consumer *consumer = NULL;
    ferry_image image = FERRY_IMAGE_INIT;
    ferry_error error;
    options.name = channel;
    if (ferry_consumer_open(&consumer, &options, &error) != FERRY_OK)
        return fail("create", &error);
    ferry_status status = ferry_consumer_attach(consumer, FERRY_FOREVER, &error);
    while (status == FERRY_OK) {
        status = ferry_consumer_copy(consumer, FERRY_FOREVER, &image, &error);
        if (status == FERRY_OK)
            print_frame(&image.info, image.pixels);
    }
    ferry_image_free(&image);
    ferry_consumer_close(&consumer);
    return status == FERRY_END_OF_STREAM ? 0 : fail("receive", &error);
}

int main(int count, char **arguments) {
    if (count == 3 && strcmp(arguments[1], "send") == 0)
        return run_sender(arguments[2]);
    if (count == 3 && strcmp(arguments[1], "receive") == 0)
        return run_receiver(arguments[2]);
    fprintf(stderr, "usage: frame_peer send|receive CHANNEL\n");
    return 2;
}
