/* Two mappings, one for each direction. There are three readings of what else belongs to it: pairs,
 * a lockstep in each direction; mutex, a lock for each mapping; single, one semaphore for each
 * mapping, where the answer is the permission to write again. */
#include "peer_system.h"
#include "turns.h"

#include <stdlib.h>
#include <string.h>

/* ---- single: turns ---- */

typedef struct ends {
    system_memory memory, back;
    void *semaphore, *back_semaphore;
} ends;

static ends make(const flow *f, const flow *back) {
    size_t size = f->options->size;
    ends e;
    e.memory = system_memory_make(f->memory, size, SYSTEM_EXECUTE);
    e.semaphore = peer_semaphore(f, f->semaphore, 0);
    e.back = system_memory_make(back->memory, size, SYSTEM_EXECUTE);
    e.back_semaphore = peer_semaphore(back, back->semaphore, 0);
    peer_step(f, "made");
    peer_say("ready");
    peer_say("waiting");
    return e;
}

static void end(const flow *f, ends *e) {
    peer_step(f, "ended");
    system_memory_close(&e->memory);
    system_memory_close(&e->back);
}

static void take(flow *f, const system_memory *memory, bool says) {
    size_t size;
    uint8_t *bytes = peer_take(f, memory->bytes, memory->size, &size);
    if (says)
        peer_got(f, bytes, size, true);
    free(bytes);
}

static void ask(const peer_options *options, bool wants_answers) {
    flow f = peer_flow(options), back = peer_back_flow(options);
    f.index = options->first;
    ends e = make(&f, &back);
    while (peer_go_on(&f)) {
        peer_put(&f, e.memory.bytes, e.memory.size);
        peer_step(&f, "copied");
        system_semaphore_release(e.semaphore);
        peer_step(&f, "released");
        system_semaphore_wait(e.back_semaphore);
        peer_step(&f, "waited");
        take(&back, &e.back, wants_answers);
        peer_sent(&f);
    }
    end(&f, &e);
}

static void answer(const peer_options *options, bool has_answers) {
    flow f = peer_flow(options), back = peer_back_flow(options);
    back.index = options->first;
    ends e = make(&f, &back);
    while (peer_go_on(&f)) {
        system_semaphore_wait(e.semaphore);
        peer_step(&f, "waited");
        take(&f, &e.memory, true);
        peer_step(&f, "copied");
        if (has_answers) {
            peer_put(&back, e.back.bytes, e.back.size);
            peer_sent(&back);
        }
        system_semaphore_release(e.back_semaphore);
        peer_step(&f, "released");
    }
    end(&f, &e);
}

/* ---- the others: two directions that know nothing of each other ---- */

static bool is_reading(const peer_options *options, const char *reading) {
    return strcmp(options->reading, reading) == 0;
}

static void send_flow(void *of) {
    flow *f = of;
    if (is_reading(f->options, "pairs"))
        lockstep_send(f);
    else
        mutex_send(f);
}

static void receive_flow(flow *f) {
    if (is_reading(f->options, "pairs"))
        lockstep_receive(f);
    else
        mutex_receive(f);
}

static int run_send(const peer_options *options) {
    flow f = peer_flow(options);
    if (is_reading(options, "single"))
        ask(options, false);
    else
        send_flow(&f);
    return 0;
}

static int run_receive(const peer_options *options) {
    flow f = peer_flow(options);
    if (is_reading(options, "single"))
        answer(options, false);
    else
        receive_flow(&f);
    return 0;
}

/* Sends through memory and receives through back. */
static int run_both(const peer_options *options) {
    flow f = peer_flow(options), back = peer_back_flow(options);
    if (is_reading(options, "single")) {
        ask(options, true);
        return 0;
    }
    void *sender = system_thread_start(send_flow, &f);
    receive_flow(&back);
    system_thread_join(sender);
    return 0;
}

/* The other end of both. */
static int run_answer(const peer_options *options) {
    flow f = peer_flow(options), back = peer_back_flow(options);
    if (is_reading(options, "single")) {
        answer(options, true);
        return 0;
    }
    void *sender = system_thread_start(send_flow, &back);
    receive_flow(&f);
    system_thread_join(sender);
    return 0;
}

/* Those of the direction of memory. */
static const char *send_steps(const peer_options *options) {
    if (is_reading(options, "single"))
        return "made half copied released waited ended";
    return is_reading(options, "pairs") ? LOCKSTEP_SEND_STEPS : MUTEX_SEND_STEPS;
}

static const char *receive_steps(const peer_options *options) {
    if (is_reading(options, "single"))
        return "made waited copied released ended";
    return is_reading(options, "pairs") ? LOCKSTEP_RECEIVE_STEPS : MUTEX_RECEIVE_STEPS;
}

const convention duplex_convention = {
    .name = "duplex",
    .names = {[NAME_MEMORY] = "shareMemory",
              [NAME_SEMAPHORE] = "Semaphore",
              [NAME_READ] = "readSemaphore",
              [NAME_WRITE] = "writeSemaphore",
              [NAME_BACK] = "shareMemoryBack",
              [NAME_BACK_SEMAPHORE] = "SemaphoreBack",
              [NAME_BACK_READ] = "readSemaphoreBack",
              [NAME_BACK_WRITE] = "writeSemaphoreBack"},
    .size = 250,
    .tail = 200,
    .roles = {{"send", "", run_send, send_steps},
              {"receive", "", run_receive, receive_steps},
              {"both", "", run_both, send_steps},
              {"answer", "", run_answer, receive_steps}},
};
