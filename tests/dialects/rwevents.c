/* A mapping and two events that stay set until they are reset, both set at first and made by the
 * writer. To wait and to reset are two steps, so that both sides can be in at once. And the form
 * for demonstrations, without any event: whoever finds no mapping makes one with its text in it,
 * and whoever finds one prints it. */
#include "peer.h"
#include "peer_system.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LOOK_MS = 1 };

typedef struct ends {
    system_memory memory;
    system_event *read, *write;
} ends;

static ends make(const flow *f) {
    ends e;
    e.memory = system_memory_make(f->memory, f->options->size, SYSTEM_READ_WRITE);
    e.read = system_event_make(f->read, true);
    e.write = system_event_make(f->write, true);
    peer_step(f, "made");
    peer_say("ready");
    peer_say("waiting");
    return e;
}

static void close_all(ends *e) {
    system_memory_close(&e->memory);
    system_event_close(e->read);
    system_event_close(e->write);
}

static system_event *open_event(const flow *f, const char *name) {
    system_event *event;
    while ((event = system_event_open(name, f->options->changes_only)) == NULL)
        peer_missing(f->options, name);
    return event;
}

static ends open_all(const flow *f) {
    ends e;
    e.read = open_event(f, f->read);
    e.write = open_event(f, f->write);
    while (!system_memory_open(&e.memory, f->memory))
        peer_missing(f->options, f->memory);
    peer_step(f, "made");
    peer_say("ready");
    peer_say("waiting");
    return e;
}

static int run_send(const peer_options *options) {
    flow f = peer_flow(options);
    f.index = options->first;
    ends e = make(&f);
    while (peer_go_on(&f)) {
        system_event_wait(e.read);
        peer_step(&f, "waited");
        system_event_reset(e.write);
        peer_step(&f, "reset");
        peer_put(&f, e.memory.bytes, e.memory.size);
        peer_step(&f, "copied");
        system_event_set(e.write);
        peer_step(&f, "released");
        peer_sent(&f);
    }
    peer_step(&f, "ended");
    close_all(&e);
    return 0;
}

static int run_receive(const peer_options *options) {
    flow f = peer_flow(options);
    ends e = open_all(&f);
    while (peer_go_on(&f)) {
        size_t size;
        system_event_wait(e.write);
        peer_step(&f, "waited");
        system_event_reset(e.read);
        peer_step(&f, "reset");
        uint8_t *bytes = peer_take(&f, e.memory.bytes, e.memory.size, &size);
        peer_step(&f, "copied");
        system_event_set(e.read);
        peer_step(&f, "released");
        peer_got(&f, bytes, size, false);
        free(bytes);
        if (!options->lines)
            system_pause_ms(LOOK_MS);
    }
    peer_step(&f, "ended");
    close_all(&e);
    return 0;
}

const convention rwevents_convention = {
    .name = "rwevents",
    .names = {[NAME_MEMORY] = "Global\\ShareMemory",
              [NAME_READ] = "Global\\ShareMemoryReadEvent",
              [NAME_WRITE] = "Global\\ShareMemoryWriteEvent"},
    .size = 250,
    .tail = 200,
    .roles = {{"send", "made waited reset half copied released ended", run_send, NULL},
              {"receive", "made waited reset copied released ended", run_receive, NULL}},
};

/* Both roles at once: what it does depends on what it finds. It stays until a line comes. */
static int run_demo(const peer_options *options) {
    flow f = peer_flow(options);
    system_memory memory = {0};
    char line[16];
    f.index = options->first;
    if (system_memory_open(&memory, f.memory)) {
        size_t size;
        uint8_t *bytes = peer_take(&f, memory.bytes, memory.size, &size);
        f.index = 0;
        peer_got(&f, bytes, size, true);
        free(bytes);
        return 0;
    }
    memory = system_memory_make(f.memory, message_size(&options->payload, options->first),
                                SYSTEM_READ_WRITE);
    peer_step(&f, "made");
    peer_put(&f, memory.bytes, memory.size);
    peer_step(&f, "copied");
    peer_sent(&f);
    while (fgets(line, sizeof line, stdin) != NULL && line[0] != '\n')
        ;
    system_memory_close(&memory);
    return 0;
}

const convention demo_convention = {
    .name = "demo",
    .names = {[NAME_MEMORY] = "ShareMemory"},
    .tail = 200,
    .roles = {{"both", "made half copied", run_demo, NULL}},
};
