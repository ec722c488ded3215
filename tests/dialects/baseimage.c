/* A mapping with a header of four integers, and an event that one waiter takes. The sender makes
 * both, writes without any lock, and sets the event. The receiver gives up if either is missing; it
 * waits, copies, and resets the event, which it may not. */
#include "peer.h"
#include "peer_system.h"

#include <stdlib.h>

static int run_send(const peer_options *options) {
    flow f = peer_flow(options);
    f.index = options->first;
    system_memory memory = system_memory_make(f.memory, options->size, SYSTEM_READ_WRITE);
    void *event = system_auto_event_make(options->names[NAME_EVENT]);
    peer_step(&f, "made");
    peer_say("ready");
    while (peer_go_on(&f)) {
        peer_put(&f, memory.bytes, memory.size);
        peer_step(&f, "copied");
        system_auto_event_set(event);
        peer_step(&f, "released");
        peer_sent(&f);
    }
    peer_step(&f, "ended");
    system_memory_close(&memory);
    return 0;
}

static int run_receive(const peer_options *options) {
    flow f = peer_flow(options);
    const char *name = options->names[NAME_EVENT];
    system_memory memory;
    void *event;
    while ((event = system_auto_event_open(name)) == NULL)
        peer_missing(options, name);
    while (!system_memory_open(&memory, f.memory))
        peer_missing(options, f.memory);
    peer_step(&f, "made");
    peer_say("ready");
    peer_say("waiting");
    while (peer_go_on(&f)) {
        size_t size;
        system_auto_event_wait(event);
        peer_step(&f, "waited");
        uint8_t *bytes = peer_take(&f, memory.bytes, memory.size, &size);
        peer_step(&f, "copied");
        if (system_auto_event_reset(event))
            peer_say("the event was reset"); /* a test wonders */
        peer_got(&f, bytes, size, true);
        free(bytes);
    }
    peer_step(&f, "ended");
    system_memory_close(&memory);
    return 0;
}

const convention baseimage_convention = {
    .name = "baseimage",
    .names = {[NAME_MEMORY] = "BaseImage", [NAME_EVENT] = "BaseImageMutex"},
    .size = 2048 * 4096 * 4,
    .tail = 200,
    .roles = {{"send", "made half copied released ended", run_send, NULL},
              {"receive", "made waited copied ended", run_receive, NULL}},
};
