/* A consumer in an event loop: frames of a channel beside another descriptor, standard input.
 *
 *     events camera        until the stream ends, or a line "quit" comes
 *
 * Exit codes: 0 the stream has ended, or quit; 1 something failed; 2 wrong usage. */
#include <frameferry/frameferry.h>
#include <inttypes.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Takes what is there. Only FERRY_TIMEOUT lets the descriptor come to rest: there is no more. */
static ferry_status take_frames(ferry_consumer *consumer, ferry_image *image, ferry_error *error) {
    ferry_status status;
    while ((status = ferry_consumer_copy(consumer, 0, image, error)) == FERRY_OK)
        printf("frame %" PRIu64 ": %d x %d\n", image->info.number, (int)image->info.width,
               (int)image->info.height);
    fflush(stdout);
    return status;
}

/* Reads what there is of standard input; whether a whole line was "quit". *open: more may come. */
static bool is_quit(bool *open) {
    static char line[64];
    static size_t length;
    char bytes[256];
    ssize_t count = read(STDIN_FILENO, bytes, sizeof bytes);
    *open = count > 0;
    for (ssize_t i = 0; i < count; i++) {
        if (bytes[i] != '\n') {
            if (length < sizeof line) /* a longer one is none of ours */
                line[length++] = bytes[i];
            continue;
        }
        bool quit = length == 4 && memcmp(line, "quit", 4) == 0;
        length = 0;
        if (quit)
            return true;
    }
    return false;
}

static ferry_status run(ferry_consumer *consumer, ferry_image *image, ferry_error *error) {
    ferry_pollable pollable;
    ferry_status status = ferry_consumer_get_pollable(consumer, &pollable, error);
    if (status != FERRY_OK)
        return status;
    struct pollfd wanted[2] = {{.fd = (int)pollable, .events = POLLIN},
                               {.fd = STDIN_FILENO, .events = POLLIN}};
    for (;;) {
        if (poll(wanted, 2, -1) < 0)
            continue; /* a signal */
        if (wanted[0].revents != 0) {
            status = take_frames(consumer, image, error);
            if (status != FERRY_TIMEOUT && status != FERRY_OVERTAKEN)
                return status;
        }
        bool open = true;
        if (wanted[1].revents != 0 && is_quit(&open))
            return FERRY_OK;
        if (!open)
            wanted[1].fd = -1; /* poll leaves it out */
    }
}

int main(int argc, char **argv) {
    ferry_error error;
    ferry_consumer *consumer;
    ferry_image image = FERRY_IMAGE_INIT;
    ferry_consumer_options options = FERRY_CONSUMER_OPTIONS_INIT;
    if (argc != 2)
        return fprintf(stderr, "usage: events CHANNEL\n"), 2;
    options.name = argv[1];
    options.delivery = FERRY_DELIVERY_EVERY;
    ferry_status status = ferry_consumer_open(&consumer, &options, &error);
    if (status == FERRY_NOT_SUPPORTED) { /* one slot: only the latest is to be had */
        options.delivery = FERRY_DELIVERY_LATEST;
        status = ferry_consumer_open(&consumer, &options, &error);
    }
    if (status == FERRY_OK)
        status = run(consumer, &image, &error);
    ferry_consumer_close(&consumer);
    ferry_image_free(&image);
    if (status == FERRY_OK || status == FERRY_END_OF_STREAM)
        return 0;
    fprintf(stderr, "events: %s\n", error.message);
    return 1;
}
