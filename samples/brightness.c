/* An analysis process: mean and histogram of each frame's brightness, as a line of JSON.
 *
 *     brightness camera        until the stream of the channel "camera" ends
 *
 * Brightness is what ferry_image_convert makes of a picture as gray; for YUV formats of 8 bits it
 * is the luma as it is stored. Exit codes: 0 the stream has ended, 1 something failed, 2 wrong
 * usage. */
#include <frameferry/convert.h>
#include <frameferry/frameferry.h>
#include <inttypes.h>
#include <stdio.h>

enum { LEVELS = 256 };

typedef struct analysis {
    uint64_t histogram[LEVELS];
    ferry_image copy, gray;
} analysis;

/* Counts one byte of each pixel, number first of every step bytes, in the first plane. */
static void count(analysis *a, const ferry_frame_info *info, const uint8_t *pixels, size_t first,
                  size_t step) {
    ferry_layout layout; /* a producer may have put the planes anywhere in the frame */
    for (size_t i = 0; i < LEVELS; i++)
        a->histogram[i] = 0;
    if (ferry_layout_of(&layout, info) != FERRY_OK)
        return; /* cannot be: the library has checked the description */
    pixels += layout.planes[0].offset_bytes + first;
    for (size_t y = 0; y < (size_t)info->height; y++)
        for (size_t x = 0; x < (size_t)info->width; x++)
            a->histogram[pixels[y * layout.planes[0].stride_bytes + x * step]]++;
}

static ferry_status measure(analysis *a, const ferry_frame_info *info, const uint8_t *pixels,
                            ferry_error *error) {
    switch (info->format) {
    case FERRY_FORMAT_NV12:
    case FERRY_FORMAT_NV21:
    case FERRY_FORMAT_NV16:
    case FERRY_FORMAT_YUV420P:
    case FERRY_FORMAT_YUV422P:
    case FERRY_FORMAT_YUV444P: /* luma is a plane of its own */
        count(a, info, pixels, 0, 1);
        return FERRY_OK;
    case FERRY_FORMAT_YUYV422: count(a, info, pixels, 0, 2); return FERRY_OK;
    case FERRY_FORMAT_UYVY422: count(a, info, pixels, 1, 2); return FERRY_OK;
    default: break;
    }
    ferry_status status = ferry_image_convert(info, pixels, FERRY_FORMAT_GRAY, &a->gray, error);
    if (status == FERRY_OK)
        count(a, &a->gray.info, a->gray.pixels, 0, 1);
    return status;
}

static void print(const analysis *a, const ferry_frame_info *info) {
    uint64_t sum = 0, pixels = (uint64_t)info->width * (uint64_t)info->height;
    for (size_t i = 0; i < LEVELS; i++)
        sum += a->histogram[i] * i;
    printf("{\"frame\": %" PRIu64 ", \"mean\": %.4f, \"histogram\": [", info->number,
           (double)sum / (double)pixels);
    for (size_t i = 0; i < LEVELS; i++)
        printf("%s%" PRIu64, i == 0 ? "" : ", ", a->histogram[i]);
    puts("]}");
}

/* Reads a frame where it lies. A result counts only if the frame was whole until the release. */
static ferry_status in_place(ferry_consumer *consumer, analysis *a, ferry_error *error) {
    ferry_frame frame;
    ferry_status status = ferry_consumer_acquire(consumer, FERRY_FOREVER, &frame, error);
    if (status != FERRY_OK)
        return status;
    status = measure(a, &frame.info, frame.pixels, error);
    if (ferry_consumer_release(consumer, &frame) == FERRY_OK && status == FERRY_OK)
        print(a, &frame.info);
    return status;
}

/* On a channel of one slot nothing can be held: a frame is copied. */
static ferry_status as_copy(ferry_consumer *consumer, analysis *a, ferry_error *error) {
    ferry_status status = ferry_consumer_copy(consumer, FERRY_FOREVER, &a->copy, error);
    if (status == FERRY_OK)
        status = measure(a, &a->copy.info, a->copy.pixels, error);
    if (status == FERRY_OK)
        print(a, &a->copy.info);
    return status;
}

int main(int argc, char **argv) {
    static analysis a;
    ferry_error error;
    ferry_consumer *consumer;
    ferry_consumer_options options = FERRY_CONSUMER_OPTIONS_INIT;
    if (argc != 2)
        return fprintf(stderr, "usage: brightness CHANNEL\n"), 2;
    options.name = argv[1];
    options.delivery = FERRY_DELIVERY_EVERY;
    ferry_status status = ferry_consumer_open(&consumer, &options, &error); /* waits for one */
    bool one_slot = status == FERRY_NOT_SUPPORTED; /* which cannot keep every frame */
    if (one_slot) {
        options.delivery = FERRY_DELIVERY_LATEST;
        status = ferry_consumer_open(&consumer, &options, &error);
    }
    while (status == FERRY_OK && fflush(stdout) == 0)
        status = one_slot ? as_copy(consumer, &a, &error) : in_place(consumer, &a, &error);
    ferry_consumer_close(&consumer);
    ferry_image_free(&a.copy);
    ferry_image_free(&a.gray);
    if (status != FERRY_END_OF_STREAM)
        fprintf(stderr, "brightness: %s\n", status == FERRY_OK ? "cannot write" : error.message);
    return status == FERRY_END_OF_STREAM ? 0 : 1;
}
