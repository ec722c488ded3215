/* A mapping of a file, or one of the page file beside a file that stays empty. The writer makes it,
 * copies 1,024 bytes for each message, whatever lies behind the text, and nobody waits for anybody.
 * At the end the writer flushes, stays for 20 seconds, and closes. */
#include "peer.h"
#include "peer_system.h"

#include <stdlib.h>
#include <string.h>

enum { MESSAGE_BYTES = 1024, MAPPING_BYTES = 5120, LOOK_MS = 1 };

static system_memory make(const flow *f) {
    const peer_options *o = f->options;
    if (o->beside != NULL)
        system_file_touch(o->beside);
    system_memory memory = o->file != NULL
                               ? system_file_make(o->file, f->memory, o->size)
                               : system_memory_make(f->memory, o->size, SYSTEM_READ_WRITE);
    peer_step(f, "made");
    peer_say("ready");
    return memory;
}

/* A text comes out of a buffer that has what it had before behind it. */
static void put(const flow *f, const system_memory *memory) {
    static uint8_t buffer[MESSAGE_BYTES];
    flow whole = *f;
    if (f->options->payload.kind != PAYLOAD_TEXT) {
        peer_put(f, memory->bytes, memory->size);
        return;
    }
    memset(buffer, '#', sizeof buffer);
    message_make(&f->options->payload, f->index, buffer);
    if (f->options->nonsense != NULL && f->index == f->options->first)
        message_make_nonsense(f->options->nonsense, &f->options->payload, buffer, sizeof buffer);
    memcpy(memory->bytes, buffer, MESSAGE_BYTES / 2);
    peer_step(&whole, "half");
    memcpy(memory->bytes + MESSAGE_BYTES / 2, buffer + MESSAGE_BYTES / 2, MESSAGE_BYTES / 2);
}

static int run_send(const peer_options *options) {
    flow f = peer_flow(options);
    f.index = options->first;
    system_memory memory = make(&f);
    while (peer_go_on(&f)) {
        put(&f, &memory);
        peer_step(&f, "copied");
        peer_sent(&f);
    }
    peer_step(&f, "ending");
    system_memory_flush(&memory, MAPPING_BYTES);
    peer_step(&f, "flushed");
    system_pause_ms(options->linger_ms);
    peer_step(&f, "ended");
    system_memory_close(&memory);
    return 0;
}

static bool open_memory(system_memory *memory, const flow *f) {
    const char *file = f->options->file;
    return file != NULL ? system_file_open(memory, file, f->memory)
                        : system_memory_open(memory, f->memory);
}

static int run_receive(const peer_options *options) {
    flow f = peer_flow(options);
    system_memory memory;
    while (!open_memory(&memory, &f))
        peer_missing(options, f.memory);
    peer_step(&f, "made");
    peer_say("ready");
    while (peer_go_on(&f)) {
        size_t size;
        uint8_t *bytes = peer_take(&f, memory.bytes, memory.size, &size);
        peer_step(&f, "copied");
        peer_got(&f, bytes, size, false);
        free(bytes);
        if (!options->lines)
            system_pause_ms(LOOK_MS);
    }
    peer_step(&f, "ended");
    system_memory_close(&memory);
    return 0;
}

const convention file_convention = {
    .name = "file",
    .names = {[NAME_MEMORY] = "shared_memory"},
    .size = MAPPING_BYTES,
    .tail = 1000,
    .roles = {{"send", "made half copied ending flushed ended", run_send, NULL},
              {"receive", "made copied ended", run_receive, NULL}},
};
