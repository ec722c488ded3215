/* A consumer that stays on a channel while its producers come and go.
 *
 *     reattach camera        until Ctrl-C
 *
 * Exit codes: 0 Ctrl-C; 1 something failed; 2 wrong usage. */
#define _DEFAULT_SOURCE /* signal() keeps the handler: strict C forgets it at the first signal */
#include <frameferry/frameferry.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>

static ferry_consumer *consumer; /* for the handler */

/* Ends the call that waits, for a producer or for a frame, or else the next one. */
static void interrupt_it(int number) {
    (void)number;
    ferry_consumer_interrupt(consumer);
}

/* Receives from one producer. Returns how that ended. */
static ferry_status receive(ferry_error *error) {
    static uint64_t generation; /* of the frame before */
    ferry_frame frame;
    ferry_status status;
    while ((status = ferry_consumer_acquire(consumer, FERRY_FOREVER, &frame, error)) == FERRY_OK) {
        if (frame.generation != generation)
            printf("another producer: %016" PRIx64 "\n", frame.generation);
        generation = frame.generation;
        printf("frame %" PRIu64 ": %d x %d\n", frame.info.number, (int)frame.info.width,
               (int)frame.info.height);
        fflush(stdout);
        ferry_consumer_release(consumer, &frame);
    }
    return status;
}

/* Whether the next producer may go on where this one stopped. */
static int is_end(ferry_status status) {
    return status == FERRY_END_OF_STREAM || status == FERRY_PRODUCER_LOST ||
           status == FERRY_EVICTED;
}

static ferry_status follow(ferry_error *error) {
    for (;;) {
        ferry_status status = ferry_consumer_attach(consumer, FERRY_FOREVER, error);
        if (status == FERRY_OK)
            status = receive(error);
        if (!is_end(status))
            return status;
        printf("%s\n", ferry_status_text(status));
        fflush(stdout);
    }
}

int main(int argc, char **argv) {
    ferry_error error;
    ferry_consumer_options options = FERRY_CONSUMER_OPTIONS_INIT;
    if (argc != 2)
        return fprintf(stderr, "usage: reattach CHANNEL\n"), 2;
    options.name = argv[1];
    ferry_status status = ferry_consumer_new(&consumer, &options, &error);
    if (status == FERRY_OK) {
        signal(SIGINT, interrupt_it);
        signal(SIGTERM, interrupt_it);
        status = follow(&error);
        signal(SIGINT, SIG_DFL); /* the handle goes */
        signal(SIGTERM, SIG_DFL);
    }
    ferry_consumer_close(&consumer);
    if (status == FERRY_INTERRUPTED)
        return 0;
    fprintf(stderr, "reattach: %s\n", error.message);
    return 1;
}
