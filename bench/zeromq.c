/* ZeroMQ over ipc, PUSH to PULL, with as many frames under way as the others have slots. As it
 * comes each side queues 1,000 messages: at 4K more than the machine has memory for, so that the
 * queues get a bound there. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "bench.h"

enum { PATH_BYTES = 100 };

typedef struct link {
    void *context, *socket;
    zmq_msg_t message;
} link;

static void address_of(char address[static PATH_BYTES], const bench_plan *plan) {
    snprintf(address, PATH_BYTES, "ipc:///tmp/%s", plan->channel);
}

static int under_way_of(const bench_plan *plan) {
    enum { OWN = 1000, MEMORY_BYTES = 1 << 30 };
    if (plan->slots != 0)
        return (int)plan->slots;
    uint32_t fit = MEMORY_BYTES / plan->length_bytes;
    return fit < OWN ? (int)fit + 1 : OWN;
}

static bool open_link(bench_end *end, int kind) {
    char address[PATH_BYTES];
    address_of(address, end->plan);
    link *l = calloc(1, sizeof *l);
    end->own = l;
    if (l == NULL || (l->context = zmq_ctx_new()) == NULL ||
        (l->socket = zmq_socket(l->context, kind)) == NULL)
        return bench_fail(end, "zmq_socket: %s", zmq_strerror(zmq_errno()));
    int under_way = under_way_of(end->plan), slice_ms = BENCH_SLICE_NS / 1000000;
    zmq_setsockopt(l->socket, ZMQ_SNDHWM, &under_way, sizeof under_way);
    zmq_setsockopt(l->socket, ZMQ_RCVHWM, &under_way, sizeof under_way);
    zmq_setsockopt(l->socket, ZMQ_RCVTIMEO, &slice_ms, sizeof slice_ms);
    int result = kind == ZMQ_PUSH ? zmq_bind(l->socket, address) : zmq_connect(l->socket, address);
    return result == 0 || bench_fail(end, "%s: %s", address, zmq_strerror(zmq_errno()));
}

static void close_link(bench_end *end) {
    link *l = end->own;
    zmq_close(l->socket);
    zmq_ctx_term(l->context);
    free(l);
}

static bool open_producer(bench_end *end) {
    return open_link(end, ZMQ_PUSH);
}

static bool send_frame(bench_end *end, const uint8_t *pixels) {
    link *l = end->own;
    return zmq_send(l->socket, pixels, end->plan->length_bytes, 0) >= 0 ||
           bench_fail(end, "zmq_send: %s", zmq_strerror(zmq_errno()));
}

static bool open_consumer(bench_end *end) {
    return open_link(end, ZMQ_PULL);
}

static bench_news acquire(bench_end *end, const uint8_t **pixels) {
    link *l = end->own;
    zmq_msg_init(&l->message);
    int bytes = zmq_msg_recv(&l->message, l->socket, 0);
    if (bytes < 0) {
        zmq_msg_close(&l->message);
        return BENCH_NONE;
    }
    *pixels = zmq_msg_data(&l->message);
    return (uint32_t)bytes == end->plan->length_bytes ? BENCH_FRAME : BENCH_TORN;
}

static bench_news release(bench_end *end) {
    link *l = end->own;
    zmq_msg_close(&l->message);
    return BENCH_FRAME;
}

static void clean(const bench_plan *plan) {
    char address[PATH_BYTES];
    address_of(address, plan);
    remove(address + strlen("ipc://"));
}

static const bench_transport zeromq = {
    .name = "zeromq",
    .clean = clean,
    .open_producer = open_producer,
    .send = send_frame,
    .close_producer = close_link,
    .open_consumer = open_consumer,
    .acquire = acquire,
    .release = release,
    .close_consumer = close_link,
};

const bench_transport *const bench_transports[] = {&zeromq, NULL};
