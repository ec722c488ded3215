/* A program of the BaseImage kind. It knows nothing of Frameferry but what such programs know: a
 * mapping /NAME that begins with four 32-bit numbers and the pixels, and an event /NAMEMutex, here
 * a semaphore. Commands come from standard input and are answered on standard output, so that a
 * test sets the pace:
 *
 *     plain_peer create|open NAME
 *         frame WIDTH HEIGHT BITS FILE   puts a frame in place from raw pixels; says sent
 *         begin WIDTH HEIGHT BITS FILE   the same, without the event; says begun
 *         raw FILE                       puts bytes in place, from the beginning; says sent
 *         next FILE                      waits for a frame, writes its pixels; says its size
 *                                        and bits
 *         value                          says the semaphore's value
 *         remove                         removes both names; says removed
 *
 * It ends with its input. Source: shm_overview(7), sem_overview(7). */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <fcntl.h>
#include <semaphore.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { MAPPING_BYTES = 2048 * 4096 * 4, STUCK_SECONDS = 60, NAME_BYTES = 256, LINE_BYTES = 1024 };

typedef struct header {
    int32_t length, width, height, bit_count;
} header;

typedef struct peer {
    char memory_name[NAME_BYTES];
    char event_name[NAME_BYTES];
    header *memory;
    sem_t *event;
} peer;

static void fail(const char *what) {
    fprintf(stderr, "plain_peer: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void attach(peer *p, int flags) {
    int descriptor = shm_open(p->memory_name, flags | O_RDWR, 0600);
    if (descriptor < 0)
        fail(p->memory_name);
    if (flags != 0 && ftruncate(descriptor, MAPPING_BYTES) != 0)
        fail("ftruncate");
    void *base = mmap(NULL, MAPPING_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    if (base == MAP_FAILED)
        fail("mmap");
    close(descriptor);
    p->memory = base;
    p->event = sem_open(p->event_name, flags, 0600, 0);
    if (p->event == SEM_FAILED)
        fail(p->event_name);
}

static void put_frame(peer *p, const char *arguments, int announced) {
    header h = {0};
    char path[LINE_BYTES];
    if (sscanf(arguments, "%d %d %d %1000[^\n]", &h.width, &h.height, &h.bit_count, path) != 4)
        fail("frame");
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        fail(path);
    *p->memory = h;
    p->memory->length = (int32_t)fread(p->memory + 1, 1, MAPPING_BYTES - sizeof h, file);
    fclose(file);
    if (!announced) {
        puts("begun");
        return;
    }
    int value = 0;
    if (sem_getvalue(p->event, &value) != 0 || (value == 0 && sem_post(p->event) != 0))
        fail("sem_post");
    puts("sent");
}

static void put_bytes(peer *p, const char *path) {
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        fail(path);
    if (fread(p->memory, 1, MAPPING_BYTES, file) == 0)
        fail(path);
    fclose(file);
    if (sem_post(p->event) != 0)
        fail("sem_post");
    puts("sent");
}

static void take_frame(peer *p, const char *path) {
    struct timespec limit;
    clock_gettime(CLOCK_REALTIME, &limit);
    limit.tv_sec += STUCK_SECONDS;
    while (sem_timedwait(p->event, &limit) != 0)
        if (errno != EINTR)
            fail("sem_timedwait");
    header h = *p->memory;
    FILE *file = fopen(path, "wb");
    if (file == NULL)
        fail(path);
    fwrite(p->memory + 1, 1, (size_t)h.length, file);
    if (fclose(file) != 0)
        fail(path);
    printf("%d %d %d\n", h.width, h.height, h.bit_count);
}

static void show_value(const peer *p) {
    int value = 0;
    if (sem_getvalue(p->event, &value) != 0)
        fail("sem_getvalue");
    printf("%d\n", value);
}

static void obey(peer *p, const char *line) {
    if (strncmp(line, "frame ", 6) == 0) {
        put_frame(p, line + 6, 1);
    } else if (strncmp(line, "begin ", 6) == 0) {
        put_frame(p, line + 6, 0);
    } else if (strncmp(line, "raw ", 4) == 0) {
        put_bytes(p, line + 4);
    } else if (strncmp(line, "next ", 5) == 0) {
        take_frame(p, line + 5);
    } else if (strcmp(line, "value") == 0) {
        show_value(p);
    } else {
        shm_unlink(p->memory_name);
        sem_unlink(p->event_name);
        puts("removed");
    }
    fflush(stdout);
}

int main(int count, char **arguments) {
    if (count != 3) {
        fprintf(stderr, "usage: plain_peer create|open NAME\n");
        return 2;
    }
    peer p;
    snprintf(p.memory_name, sizeof p.memory_name, "/%.200s", arguments[2]);
    snprintf(p.event_name, sizeof p.event_name, "/%.200sMutex", arguments[2]);
    attach(&p, strcmp(arguments[1], "create") == 0 ? O_CREAT : 0);
    puts("ready");
    fflush(stdout);
    char line[LINE_BYTES];
    while (fgets(line, sizeof line, stdin) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        obey(&p, line);
    }
    return 0;
}
