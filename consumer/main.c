/* ferry-consumer: receives frames from a channel, saves them, lists them. */
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include <frameferry/frameferry.h>
#include <frameferry/host.h>

#include "arguments.h"
#include "message.h"
#include "options.h"
#include "receive.h"
#include "sink.h"

/* The handle that Ctrl-C interrupts; NULL: there is none. */
static _Atomic(ferry_consumer *) current;

static void on_stop(void *argument) {
    (void)argument;
    ferry_consumer *consumer = atomic_load(&current);
    if (consumer != NULL)
        ferry_consumer_interrupt(consumer);
}

static bool add_sink(receiver *r, sink *added) {
    if (added != NULL)
        r->sinks[r->sink_count++] = added;
    return added != NULL;
}

/* Saving comes first: what is listed has a file. */
static bool open_sinks(receiver *r) {
    const consumer_options *o = r->options;
    if (o->save != NULL && !add_sink(r, sink_open_png(o->save, o->name)))
        return false;
    if (o->json && !add_sink(r, sink_open_json()))
        return false;
    bool shows = !o->json && !o->quiet && ferryi_host_is_terminal(stderr);
    return !shows || add_sink(r, sink_open_progress());
}

static void summarize(const receiver *r, const ferry_consumer_counters *c) {
    char saved[4500] = "";
    const char *directory = r->options->save;
    if (directory != NULL)
        snprintf(saved, sizeof saved, ", %llu saved in %s%s", (unsigned long long)r->saved,
                 directory, directory[strlen(directory) - 1] == '/' ? "" : "/");
    ferryi_message_inform("%llu frame%s received, %llu skipped%s, %llu dropped by the producer",
                          (unsigned long long)c->received, c->received == 1 ? "" : "s",
                          (unsigned long long)c->skipped, saved, (unsigned long long)c->dropped);
}

static int receive_all(receiver *r) {
    int code = FERRYI_EXIT_FINE;
    ferry_consumer_counters counters = {.received = 0};
    if (receive_open(r, &code)) {
        atomic_store(&current, r->consumer);
        ferry_channel_info channel;
        ferry_consumer_get_channel(r->consumer, &channel);
        r->copies = r->options->save != NULL || channel.hold_limit == 0;
        code = receive_run(r);
        ferryi_message_clear_progress();
        ferry_consumer_get_counters(r->consumer, &counters);
        atomic_store(&current, NULL);
        ferry_consumer_close(&r->consumer);
    }
    summarize(r, &counters);
    return code;
}

int main(int count, char **arguments) {
    ferryi_host_secure_streams();
    ferryi_message_start("ferry-consumer");
    consumer_options options;
    int code = options_parse(&options, count, arguments);
    if (code != FERRYI_ARGUMENTS_RUN)
        return code;
    ferry_error error;
    if (ferryi_host_catch_stop(on_stop, NULL, &error) != FERRY_OK) {
        ferryi_message_fail("%s", error.message);
        return FERRYI_EXIT_FAILED;
    }
    if (ferry_guard_install() != FERRY_OK)
        ferryi_message_warn("shared memory that is cut short will end this program");
    receiver r = {.options = &options, .image = FERRY_IMAGE_INIT};
    code = open_sinks(&r) ? receive_all(&r) : FERRYI_EXIT_FAILED;
    for (size_t i = 0; i < r.sink_count; i++)
        r.sinks[i]->close(r.sinks[i]);
    ferry_image_free(&r.image);
    return code;
}
