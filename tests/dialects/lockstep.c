/* One mapping and two semaphores, both taken at first. The sender copies, says that there is
 * something to read, and then waits for the permission to write. At its end each program releases
 * both. */
#include "peer_system.h"
#include "turns.h"

#include <stdlib.h>

typedef struct ends {
    system_memory memory;
    void *read, *write;
} ends;

static ends make(const flow *f) {
    ends e;
    e.memory = system_memory_make(f->memory, f->options->size, SYSTEM_EXECUTE);
    e.read = peer_semaphore(f, f->read, 0);
    e.write = peer_semaphore(f, f->write, 0);
    peer_step(f, "made");
    peer_say("ready");
    return e;
}

static void end(const flow *f, ends *e) {
    peer_step(f, "ending");
    system_semaphore_release(e->read);
    peer_step(f, "halfway");
    system_semaphore_release(e->write);
    peer_step(f, "ended");
    system_memory_close(&e->memory);
}

void lockstep_send(flow *f) {
    f->index = f->options->first;
    ends e = make(f);
    while (peer_go_on(f)) {
        peer_put(f, e.memory.bytes, e.memory.size);
        peer_step(f, "copied");
        system_semaphore_release(e.read);
        peer_step(f, "released");
        if (f->index == f->options->first)
            peer_say("waiting");
        system_semaphore_wait(e.write);
        peer_step(f, "waited");
        peer_sent(f);
    }
    end(f, &e);
}

void lockstep_receive(flow *f) {
    ends e = make(f);
    peer_say("waiting");
    while (peer_go_on(f)) {
        size_t size;
        system_semaphore_wait(e.read);
        peer_step(f, "waited");
        uint8_t *bytes = peer_take(f, e.memory.bytes, e.memory.size, &size);
        peer_step(f, "copied");
        system_semaphore_release(e.write);
        peer_step(f, "released");
        peer_got(f, bytes, size, true);
        free(bytes);
    }
    end(f, &e);
}

static int run_send(const peer_options *options) {
    flow f = peer_flow(options);
    lockstep_send(&f);
    return 0;
}

static int run_receive(const peer_options *options) {
    flow f = peer_flow(options);
    lockstep_receive(&f);
    return 0;
}

const convention lockstep_convention = {
    .name = "lockstep",
    .names = {[NAME_MEMORY] = "shareMemory",
              [NAME_READ] = "readSemaphore",
              [NAME_WRITE] = "writeSemaphore"},
    .size = 250,
    .tail = 200,
    .roles = {{"send", LOCKSTEP_SEND_STEPS, run_send, NULL},
              {"receive", LOCKSTEP_RECEIVE_STEPS, run_receive, NULL}},
};
