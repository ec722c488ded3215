/* One mapping and one semaphore, which is a lock. The side that comes first makes what is missing.
 * Nothing tells of a new message. At its end such a program releases the semaphore once more,
 * whoever has it. */
#include "peer_system.h"
#include "turns.h"

#include <stdlib.h>

enum { LOOK_MS = 1 };

typedef struct ends {
    system_memory memory;
    void *semaphore;
} ends;

static ends make(const flow *f) {
    ends e;
    e.memory = system_memory_make(f->memory, f->options->size, SYSTEM_EXECUTE);
    e.semaphore = peer_semaphore(f, f->semaphore, 1);
    peer_step(f, "made");
    peer_say("ready");
    peer_say("waiting");
    return e;
}

static void end(const flow *f, ends *e) {
    peer_step(f, "ending");
    system_semaphore_release(e->semaphore);
    peer_step(f, "ended");
    system_memory_close(&e->memory);
}

void mutex_send(flow *f) {
    f->index = f->options->first;
    ends e = make(f);
    while (peer_go_on(f)) {
        system_semaphore_wait(e.semaphore);
        peer_step(f, "waited");
        peer_put(f, e.memory.bytes, e.memory.size);
        peer_step(f, "copied");
        system_semaphore_release(e.semaphore);
        peer_step(f, "released");
        peer_sent(f);
    }
    end(f, &e);
}

void mutex_receive(flow *f) {
    ends e = make(f);
    while (peer_go_on(f)) {
        size_t size;
        system_semaphore_wait(e.semaphore);
        peer_step(f, "waited");
        uint8_t *bytes = peer_take(f, e.memory.bytes, e.memory.size, &size);
        peer_step(f, "copied");
        system_semaphore_release(e.semaphore);
        peer_step(f, "released");
        peer_got(f, bytes, size, false);
        free(bytes);
        if (!f->options->lines)
            system_pause_ms(LOOK_MS);
    }
    end(f, &e);
}

static int run_send(const peer_options *options) {
    flow f = peer_flow(options);
    mutex_send(&f);
    return 0;
}

static int run_receive(const peer_options *options) {
    flow f = peer_flow(options);
    mutex_receive(&f);
    return 0;
}

const convention mutex_convention = {
    .name = "mutex",
    .names = {[NAME_MEMORY] = "shareMemory", [NAME_SEMAPHORE] = "Semaphore"},
    .size = 250,
    .tail = 200,
    .roles = {{"send", MUTEX_SEND_STEPS, run_send, NULL},
              {"receive", MUTEX_RECEIVE_STEPS, run_receive, NULL}},
};
