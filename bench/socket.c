/* A Unix stream socket with large buffers, for all pipes and sockets. As it comes it has the
 * system's. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "own.h"

enum { BUFFER_BYTES = 4 << 20 };

typedef struct pair {
    int producer, consumer;
} pair;

static void *prepare(const bench_plan *plan) {
    int ends[2];
    pair *p = malloc(sizeof *p);
    if (p == NULL || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
        free(p);
        return NULL;
    }
    *p = (pair){.producer = ends[0], .consumer = ends[1]};
    int bytes = BUFFER_BYTES;
    struct timeval slice = {.tv_usec = BENCH_SLICE_NS / 1000};
    if (plan->slots != 0) {
        setsockopt(p->producer, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
        setsockopt(p->consumer, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
    }
    setsockopt(p->consumer, SOL_SOCKET, SO_RCVTIMEO, &slice, sizeof slice);
    return p;
}

static bool open_producer(bench_end *end) {
    pair *p = end->common;
    close(p->consumer);
    return true;
}

static bool send_frame(bench_end *end, const uint8_t *pixels) {
    pair *p = end->common;
    for (size_t sent = 0; sent < end->plan->length_bytes;) {
        ssize_t now =
            send(p->producer, pixels + sent, end->plan->length_bytes - sent, MSG_NOSIGNAL);
        if (now < 0 && errno != EINTR)
            return bench_fail(end, "send: %s", strerror(errno));
        sent += now > 0 ? (size_t)now : 0;
    }
    return true;
}

static void close_producer(bench_end *end) {
    pair *p = end->common;
    close(p->producer);
}

static bool open_consumer(bench_end *end) {
    pair *p = end->common;
    close(p->producer);
    return true;
}

static bench_news copy(bench_end *end, const uint8_t **pixels) {
    pair *p = end->common;
    *pixels = end->picture;
    for (size_t got = 0; got < end->plan->length_bytes;) {
        ssize_t now = recv(p->consumer, end->picture + got, end->plan->length_bytes - got, 0);
        if (now == 0)
            return BENCH_CLOSED;
        if (now < 0 && got == 0)
            return BENCH_NONE;
        got += now > 0 ? (size_t)now : 0;
    }
    return BENCH_FRAME;
}

static void close_consumer(bench_end *end) {
    pair *p = end->common;
    close(p->consumer);
}

const bench_transport bench_socket = {
    .name = "socket",
    .prepare = prepare,
    .open_producer = open_producer,
    .send = send_frame,
    .close_producer = close_producer,
    .open_consumer = open_consumer,
    .copy = copy,
    .close_consumer = close_consumer,
};
