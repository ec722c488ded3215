/* A frame that a process sends to itself. */
#ifndef OUTSIDE_ITSELF_H
#define OUTSIDE_ITSELF_H

#include <frameferry/frameferry.h>
#include <stdio.h>
#include <string.h>

static inline int fail(const char *what, const ferry_error *error) {
    fprintf(stderr, "%s: %s\n", what, error->message);
    return 1;
}

/* Returns 0 when the frame has arrived in image, unchanged. */
static inline int send_to_itself(const char *name, ferry_image *image) {
    ferry_error error;
    ferry_producer *producer = NULL;
    ferry_consumer *consumer = NULL;
    ferry_producer_options sending = FERRY_PRODUCER_OPTIONS_INIT;
    ferry_consumer_options receiving = FERRY_CONSUMER_OPTIONS_INIT;
    sending.name = receiving.name = name;
    if (ferry_producer_create(&producer, &sending, &error) != FERRY_OK)
        return fail("create", &error);
    if (ferry_consumer_open(&consumer, &receiving, &error) != FERRY_OK)
        return fail("open", &error);

    const uint8_t pixels[4] = {1, 2, 3, 4};
    ferry_frame_info info = {.width = 2, .height = 2, .format = FERRY_FORMAT_GRAY};
    if (ferry_producer_send(producer, &info, pixels, 0, NULL, &error) != FERRY_OK)
        return fail("send", &error);
    if (ferry_consumer_copy(consumer, FERRY_SECOND_NS, image, &error) != FERRY_OK)
        return fail("copy", &error);
    int same = memcmp(image->pixels, pixels, sizeof pixels) == 0;
    ferry_consumer_close(&consumer);
    ferry_producer_close(&producer);
    printf("%s: frameferry %s\n", same ? "arrived" : "differs", ferry_version());
    return same ? 0 : 1;
}

#endif
