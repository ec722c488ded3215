/* Sends a frame to itself and saves it. Exit code 0 when it arrives unchanged.
 * Usage: outside CHANNEL FILE */
#include <frameferry/child.h>
#include <frameferry/frameferry.h>
#include <frameferry/image.h>
#include <stdio.h>
#include <string.h>

static int fail(const char *what, const ferry_error *error) {
    fprintf(stderr, "%s: %s\n", what, error->message);
    return 1;
}

int main(int count, char **arguments) {
    ferry_error error;
    ferry_producer *producer = NULL;
    ferry_consumer *consumer = NULL;
    ferry_producer_options sending = FERRY_PRODUCER_OPTIONS_INIT;
    ferry_consumer_options receiving = FERRY_CONSUMER_OPTIONS_INIT;
    sending.name = receiving.name = count > 1 ? arguments[1] : "outside";
    if (ferry_producer_create(&producer, &sending, &error) != FERRY_OK)
        return fail("create", &error);
    if (ferry_consumer_open(&consumer, &receiving, &error) != FERRY_OK)
        return fail("open", &error);

    const uint8_t pixels[4] = {1, 2, 3, 4};
    ferry_frame_info info = {.width = 2, .height = 2, .format = FERRY_FORMAT_GRAY};
    ferry_image image = FERRY_IMAGE_INIT;
    if (ferry_producer_send(producer, &info, pixels, 0, NULL, &error) != FERRY_OK)
        return fail("send", &error);
    if (ferry_consumer_copy(consumer, FERRY_SECOND_NS, &image, &error) != FERRY_OK)
        return fail("copy", &error);
    int same = memcmp(image.pixels, pixels, sizeof pixels) == 0;
    /* Whoever links the static library needs what this needs. */
    if (ferry_image_save(count > 2 ? arguments[2] : "outside.png", &image.info, image.pixels, NULL,
                         &error) != FERRY_OK)
        return fail("save", &error);
    ferry_image_free(&image);
    ferry_consumer_close(&consumer);
    ferry_producer_close(&producer);
    printf("%s: frameferry %s\n", same ? "arrived" : "differs", ferry_version());
    return same ? 0 : 1;
}
