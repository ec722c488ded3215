/* The smallest useful producer: 100 frames of a moving gradient, 30 a second.
 *
 *     hello_producer        in one terminal
 *     hello_consumer        in another */
#include <frameferry/frameferry.h>
#include <stdio.h>
#include <time.h>

enum { WIDTH = 320, HEIGHT = 240, FRAMES = 100, PERIOD_NS = 33333333 };

static int fail(const ferry_error *error) {
    fprintf(stderr, "hello_producer: %s\n", error->message);
    return 1;
}

/* Draws straight into the claimed slot: no copy is made. */
static void draw(const ferry_claim *claim, int shift) {
    for (int y = 0; y < HEIGHT; y++) {
        uint8_t *row = claim->pixels + (size_t)y * claim->info.stride_bytes;
        for (int x = 0; x < WIDTH; x++)
            row[x] = (uint8_t)(x + y + shift * 4);
    }
}

int main(int argc, char **argv) {
    ferry_error error;
    ferry_producer *producer;
    ferry_producer_options options = FERRY_PRODUCER_OPTIONS_INIT;
    options.name = argc > 1 ? argv[1] : "hello";
    if (ferry_producer_create(&producer, &options, &error) != FERRY_OK)
        return fail(&error);

    ferry_status status = FERRY_OK;
    for (int i = 0; i < FRAMES && status == FERRY_OK; i++) {
        ferry_frame_info info = {.width = WIDTH, .height = HEIGHT, .format = FERRY_FORMAT_GRAY};
        ferry_claim claim;
        status = ferry_producer_claim(producer, &info, &claim, &error);
        if (status != FERRY_OK)
            break;
        draw(&claim, i);
        status = ferry_producer_commit(producer, &claim, NULL, &error);
        nanosleep(&(struct timespec){.tv_nsec = PERIOD_NS}, NULL);
    }
    ferry_producer_close(&producer);
    return status == FERRY_OK ? 0 : fail(&error);
}
