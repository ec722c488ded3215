/* The smallest useful consumer: prints the mean of each frame until the stream ends. */
#include <frameferry/frameferry.h>
#include <inttypes.h>
#include <stdio.h>

static double mean(const ferry_frame *frame) {
    uint64_t sum = 0;
    for (uint32_t i = 0; i < frame->info.length_bytes; i++)
        sum += frame->pixels[i];
    return (double)sum / (double)frame->info.length_bytes;
}

int main(int argc, char **argv) {
    ferry_error error;
    ferry_consumer *consumer;
    ferry_consumer_options options = FERRY_CONSUMER_OPTIONS_INIT;
    options.name = argc > 1 ? argv[1] : "hello";
    ferry_status status =
        ferry_consumer_open(&consumer, &options, &error); /* waits for a producer */
    if (status != FERRY_OK) {
        fprintf(stderr, "hello_consumer: %s\n", error.message);
        return 1;
    }

    ferry_frame frame;
    while ((status = ferry_consumer_acquire(consumer, FERRY_FOREVER, &frame, &error)) == FERRY_OK) {
        uint64_t number = frame.info.number;
        double value = mean(&frame); /* reads the pixels where the producer wrote them */
        if (ferry_consumer_release(consumer, &frame) == FERRY_OK)
            printf("frame %" PRIu64 ": %d x %d, mean %.2f\n", number, (int)frame.info.width,
                   (int)frame.info.height, value);
    }
    ferry_consumer_close(&consumer);
    if (status == FERRY_END_OF_STREAM)
        return 0;
    fprintf(stderr, "hello_consumer: %s\n", error.message);
    return 1;
}
