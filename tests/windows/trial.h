/* What the programs in this folder have in common besides: their command line, the channel by which
 * a receiver tells a sender that it has taken a frame, and what they report. None of that is part
 * of the pattern that they follow.
 *
 *     --name NAME       the channel (BaseImage)
 *     --frames N        how many frames there are (1000)
 *     --size WxHxBITS   all frames have this size; without it, each has another one
 *     --free            the sender does not wait for the receiver
 *     --interval MS     the sender pauses between frames
 *     --receivers N     how many receivers a sender waits for (1)
 *     --lines           "taken" goes by standard input and output: a line for each frame
 *     --kind KIND       what has the event's name: auto, manual, semaphore or mutex (auto)
 *     --launch COMMAND  the sender starts its receiver
 *     --report FILE     the report goes there, and not to standard output
 *
 * "Taken" goes by a semaphore NAMETaken otherwise, so that none is lost when two say it at once.
 * With
 * --free a receiver says it twice: when it is there, and when it has got FRAMES_END. */
#ifndef WINDOWS_TRIAL_H
#define WINDOWS_TRIAL_H

#include <windows.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "frames.h"

enum { TRIAL_STUCK_MS = 60000, TRIAL_SLICE_MS = 50, TRIAL_NAME_BYTES = 300 };

/* Most programs have an event of auto-reset; some have something else in its place. */
typedef enum trial_kind { TRIAL_AUTO, TRIAL_MANUAL, TRIAL_SEMAPHORE, TRIAL_MUTEX } trial_kind;

typedef struct trial {
    const char *name, *launch, *report;
    trial_kind kind;
    uint32_t frames, receivers;
    DWORD interval_ms;
    frame_header size; /* length 0: sizes change */
    bool free, lines;
    HANDLE taken;
} trial;

static inline void trial_fail(const char *what) {
    fprintf(stderr, "%s: error %lu\n", what, GetLastError());
    fflush(stderr);
    ExitProcess(3);
}

static inline const char *trial_name(const trial *t, char out[TRIAL_NAME_BYTES],
                                     const char *ending) {
    snprintf(out, TRIAL_NAME_BYTES, "%s%s", t->name, ending);
    return out;
}

static inline trial_kind trial_kind_of(const char *value) {
    static const char *const kinds[] = {"auto", "manual", "semaphore", "mutex"};
    for (int i = 0; i < 4; i++)
        if (strcmp(value, kinds[i]) == 0)
            return (trial_kind)i;
    trial_fail(value);
    return TRIAL_AUTO;
}

static inline void trial_option(trial *t, const char *option, const char *value) {
    int width, height, bits;
    if (strcmp(option, "--name") == 0)
        t->name = value;
    else if (strcmp(option, "--frames") == 0)
        t->frames = (uint32_t)strtoul(value, NULL, 10);
    else if (strcmp(option, "--receivers") == 0)
        t->receivers = (uint32_t)strtoul(value, NULL, 10);
    else if (strcmp(option, "--interval") == 0)
        t->interval_ms = strtoul(value, NULL, 10);
    else if (strcmp(option, "--launch") == 0)
        t->launch = value;
    else if (strcmp(option, "--report") == 0)
        t->report = value;
    else if (strcmp(option, "--kind") == 0)
        t->kind = trial_kind_of(value);
    else if (strcmp(option, "--size") == 0 &&
             sscanf(value, "%dx%dx%d", &width, &height, &bits) == 3)
        t->size = frames_sized(width, height, bits, false);
    else
        trial_fail(option);
}

static inline trial trial_begin(int count, char **arguments) {
    trial t = {.name = "BaseImage", .frames = 1000, .receivers = 1};
    for (int i = 1; i < count; i++)
        if (strcmp(arguments[i], "--free") == 0)
            t.free = true;
        else if (strcmp(arguments[i], "--lines") == 0)
            t.lines = true;
        else if (i + 1 < count)
            trial_option(&t, arguments[i], arguments[i + 1]), i++;
        else
            trial_fail(arguments[i]);
    char name[TRIAL_NAME_BYTES];
    t.taken = CreateSemaphoreA(NULL, 0, 1 << 30, trial_name(&t, name, "Taken"));
    if (t.taken == NULL)
        trial_fail(name);
    return t;
}

static inline frame_header trial_size(const trial *t, uint32_t number) {
    return t->size.length != 0 ? t->size : frames_changing(number);
}

/* The receiver's word. */
static inline void trial_say_taken(const trial *t, uint32_t number) {
    if (t->lines) {
        printf("taken %u\n", number);
        fflush(stdout);
    } else if (!ReleaseSemaphore(t->taken, 1, NULL)) {
        trial_fail("ReleaseSemaphore");
    }
}

/* Called while the sender waits. */
typedef void trial_step(const trial *t);

/* The sender waits for the receiver's word. */
static inline void trial_await_taken(const trial *t, trial_step *meanwhile) {
    char line[16];
    if (t->lines) {
        if (fgets(line, sizeof line, stdin) == NULL)
            trial_fail("nobody says that the frame was taken");
        return;
    }
    for (ULONGLONG begin = GetTickCount64();
         WaitForSingleObject(t->taken, TRIAL_SLICE_MS) != WAIT_OBJECT_0;) {
        if (GetTickCount64() - begin > TRIAL_STUCK_MS)
            trial_fail("stuck: the frame is not taken");
        if (meanwhile != NULL)
            meanwhile(t);
    }
}

/* What a receiver counts. */
typedef struct trial_counts {
    uint32_t frames; /* got */
    uint32_t exact;  /* of them: as they were sent */
    uint32_t again;  /* of these: the same as the one before */
    uint32_t torn;   /* the others */
    uint32_t last;
    bool ended;
} trial_counts;

/* Looks at a frame that has been received. */
static inline void trial_count(const trial *t, trial_counts *c, const frame_header *header,
                               const uint8_t *pixels) {
    uint32_t number;
    bool whole = frames_are_whole(pixels, header->length, &number);
    if (whole) {
        frame_header wanted = trial_size(t, number);
        whole = memcmp(&wanted, header, sizeof wanted) == 0;
    }
    if (whole && number == FRAMES_END) {
        c->ended = true;
        return;
    }
    c->frames++;
    if (!whole) {
        c->torn++;
        return;
    }
    c->exact++;
    c->again += number <= c->last;
    c->last = number > c->last ? number : c->last;
}

/* One line of JSON; more: further members, each with a comma in front. */
static inline void trial_report(const trial *t, const char *program, const trial_counts *c,
                                const char *more, ...) {
    FILE *file = t->report != NULL ? fopen(t->report, "w") : stdout;
    if (file == NULL)
        trial_fail(t->report);
    fprintf(file, "{\"program\": \"%s\"", program);
    if (c != NULL)
        fprintf(file,
                ", \"frames\": %u, \"exact\": %u, \"torn\": %u, \"again\": %u, \"missed\": %u",
                c->frames, c->exact, c->torn, c->again, t->frames - (c->exact - c->again));
    va_list arguments;
    va_start(arguments, more);
    vfprintf(file, more, arguments);
    va_end(arguments);
    fprintf(file, "}\n");
    if (fflush(file) != 0 || (file != stdout && fclose(file) != 0))
        trial_fail("report");
}

#endif
