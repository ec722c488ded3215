/* A program of the BaseImage kind, as it would be written without any knowledge of this library:
 * one mapping of fixed size, a header of four integers, a semaphore in the place of an auto-reset
 * event. */
#ifndef FERRY_TEST_PLAIN_PEER_H
#define FERRY_TEST_PLAIN_PEER_H

#include <fcntl.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define PEER_BYTES 33554432
enum { PEER_NAME_BYTES = 80, PEER_HEADER = 16 };

typedef struct plain_peer {
    uint8_t *base;
    sem_t *event;
} plain_peer;

typedef struct plain_header {
    int32_t length, width, height, bit_count;
} plain_header;

/* create: as a program that comes first does. The mapping keeps the object open, not the
 * descriptor. */
static inline bool peer_open(plain_peer *peer, const char *name, bool create) {
    char object[PEER_NAME_BYTES], event[PEER_NAME_BYTES];
    snprintf(object, sizeof object, "/%s", name);
    snprintf(event, sizeof event, "/%sMutex", name);
    *peer = (plain_peer){.base = NULL, .event = SEM_FAILED};
    int descriptor = shm_open(object, O_RDWR | (create ? O_CREAT : 0), 0600);
    if (descriptor < 0 || (create && ftruncate(descriptor, PEER_BYTES) != 0))
        return false;
    void *base = mmap(NULL, PEER_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    close(descriptor);
    peer->event = create ? sem_open(event, O_CREAT, 0600, 0) : sem_open(event, 0);
    peer->base = base;
    return base != MAP_FAILED && peer->event != SEM_FAILED;
}

static inline void peer_close(plain_peer *peer) {
    munmap(peer->base, PEER_BYTES);
    sem_close(peer->event);
}

static inline void peer_remove(const char *name) {
    char object[PEER_NAME_BYTES], event[PEER_NAME_BYTES];
    snprintf(object, sizeof object, "/%s", name);
    snprintf(event, sizeof event, "/%sMutex", name);
    shm_unlink(object);
    sem_unlink(event);
}

static inline void peer_send(const plain_peer *peer, plain_header header, const void *pixels) {
    memcpy(peer->base, &header, sizeof header);
    memcpy(peer->base + PEER_HEADER, pixels, (size_t)header.length);
    sem_post(peer->event);
}

/* Waits for a frame; false when none comes within the time. */
static inline bool peer_wait(const plain_peer *peer, int seconds) {
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += seconds;
    return sem_timedwait(peer->event, &until) == 0;
}

static inline plain_header peer_header(const plain_peer *peer) {
    plain_header header;
    memcpy(&header, peer->base, sizeof header);
    return header;
}

#endif
