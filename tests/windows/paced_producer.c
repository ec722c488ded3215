/* A producer that uses the library, in the dialect, and waits for the receiver's word as the old
 * sender does. It starts the receiver with the library's means. */
#include <frameferry/child.h>
#include <frameferry/frameferry.h>

#include "trial.h"

static ferry_child *receiver;
static unsigned launched;

static void check(ferry_status status, const char *what, const ferry_error *error) {
    if (status == FERRY_OK)
        return;
    fprintf(stderr, "%s: status %d: %s\n", what, (int)status, error->message);
    ExitProcess(4);
}

static void start_receiver(const trial *t) {
    ferry_error error;
    ferry_child_exit how;
    if (t->launch == NULL ||
        (receiver != NULL && ferry_child_wait(receiver, 0, &how) == FERRY_TIMEOUT))
        return;
    ferry_child_free(&receiver);
    check(ferry_child_start(&receiver, t->launch, t->name, &error), "launch", &error);
    launched++;
}

static void send_frame(const trial *t, ferry_producer *producer, uint32_t number) {
    static const uint32_t formats[] = {FERRY_FORMAT_GRAY, FERRY_FORMAT_GRAY16LE, FERRY_FORMAT_BGR24,
                                       FERRY_FORMAT_BGRA};
    frame_header header = trial_size(t, number);
    ferry_frame_info info = {.width = header.width,
                             .height = header.height,
                             .format = formats[header.bit_count / 8 - 1],
                             .stride_bytes = (uint32_t)(header.length / header.height)};
    ferry_claim claim;
    ferry_error error;
    check(ferry_producer_claim(producer, &info, &claim, &error), "claim", &error);
    frames_paint(claim.pixels, header.length, number);
    check(ferry_producer_commit(producer, &claim, NULL, &error), "commit", &error);
}

static void send_all(const trial *t, ferry_producer *producer) {
    for (uint32_t i = 0; t->free && i < t->receivers; i++)
        trial_await_taken(t, start_receiver); /* it is there */
    for (uint32_t number = 1; number <= t->frames; number++) {
        start_receiver(t);
        send_frame(t, producer, number);
        for (uint32_t i = 0; !t->free && i < t->receivers; i++)
            trial_await_taken(t, start_receiver);
        if (t->interval_ms != 0)
            Sleep(t->interval_ms);
    }
}

static void end_all(const trial *t, ferry_producer *producer) {
    ULONGLONG begin = GetTickCount64();
    for (uint32_t left = t->receivers; left > 0;) {
        send_frame(t, producer, FRAMES_END);
        if (WaitForSingleObject(t->taken, TRIAL_SLICE_MS) == WAIT_OBJECT_0)
            left--;
        else if (GetTickCount64() - begin > TRIAL_STUCK_MS)
            trial_fail("stuck: a receiver does not end");
    }
}

int main(int count, char **arguments) {
    trial t = trial_begin(count, arguments);
    ferry_producer_options options = FERRY_PRODUCER_OPTIONS_INIT;
    ferry_producer *producer;
    ferry_error error;
    ferry_child_exit how;
    options.name = t.name;
    options.dialect = FERRY_DIALECT_BASEIMAGE;
    check(ferry_producer_create(&producer, &options, &error), "create", &error);
    send_all(&t, producer);
    if (t.free)
        end_all(&t, producer);
    if (receiver != NULL)
        ferry_child_wait(receiver, 60 * FERRY_SECOND_NS, &how);
    ferry_producer_close(&producer);
    ferry_child_free(&receiver);
    trial_report(&t, "paced_producer", NULL, ", \"sent\": %u, \"launched\": %u", t.frames,
                 launched);
    return 0;
}
