/* A consumer that uses the library, and tells the sender of each frame as the old receiver does. */
#include <frameferry/frameferry.h>

#include "trial.h"

static void check(ferry_status status, const char *what, const ferry_error *error) {
    if (status == FERRY_OK)
        return;
    fprintf(stderr, "%s: status %d: %s\n", what, (int)status, error->message);
    ExitProcess(4);
}

/* What the header of the old kind cannot say has been concluded from it as documented. */
static bool is_described(const ferry_frame_info *info) {
    static const uint32_t formats[] = {FERRY_FORMAT_GRAY, FERRY_FORMAT_GRAY16LE, FERRY_FORMAT_BGR24,
                                       FERRY_FORMAT_BGRA};
    return info->bit_count % 8 == 0 && info->bit_count <= 32 && info->bit_count >= 8 &&
           info->format == formats[info->bit_count / 8 - 1] &&
           (uint64_t)info->stride_bytes * (uint64_t)info->height == info->length_bytes;
}

static void take(const trial *t, trial_counts *counts, const ferry_image *image) {
    const ferry_frame_info *info = &image->info;
    frame_header header = {(int32_t)info->length_bytes, info->width, info->height,
                           (int32_t)info->bit_count};
    if (!is_described(info))
        header.length = 0; /* no frame has that */
    trial_count(t, counts, &header, image->pixels);
}

static ferry_consumer *open_consumer(const trial *t, ferry_channel_info *channel) {
    ferry_consumer_options options = FERRY_CONSUMER_OPTIONS_INIT;
    ferry_consumer *consumer;
    ferry_error error;
    options.name = t->name;
    options.wait_ns = 60 * FERRY_SECOND_NS;
    check(ferry_consumer_open(&consumer, &options, &error), "open", &error);
    ferry_consumer_get_channel(consumer, channel);
    return consumer;
}

int main(int count, char **arguments) {
    trial t = trial_begin(count, arguments);
    ferry_channel_info channel;
    ferry_consumer *consumer = open_consumer(&t, &channel);
    ferry_error error;
    ferry_image image = FERRY_IMAGE_INIT;
    trial_counts counts = {0};
    if (t.free)
        trial_say_taken(&t, 0);
    while (!counts.ended && (t.free || counts.frames < t.frames)) {
        ferry_status status = ferry_consumer_copy(consumer, 60 * FERRY_SECOND_NS, &image, &error);
        if (status == FERRY_OVERTAKEN && t.free)
            continue; /* counted */
        if (status == FERRY_PRODUCER_LOST && counts.frames == 0) {
            /* It took what an old receiver keeps open for a sender's. */
            ferry_consumer_close(&consumer);
            consumer = open_consumer(&t, &channel);
            continue;
        }
        check(status, "copy", &error);
        take(&t, &counts, &image);
        if (!t.free || counts.ended)
            trial_say_taken(&t, counts.last);
    }
    ferry_consumer_counters c;
    ferry_consumer_get_counters(consumer, &c);
    bool adds_up = c.head + 1 - c.first == c.received + c.skipped + c.pending;
    trial_report(&t, "paced_consumer", &counts,
                 ", \"has_block\": %u, \"skipped\": %llu, \"retries\": %llu, \"adds_up\": %d",
                 channel.has_block, (unsigned long long)c.skipped, (unsigned long long)c.retries,
                 adds_up);
    ferry_consumer_close(&consumer);
    ferry_image_free(&image);
    return 0;
}
