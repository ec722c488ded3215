/* The checks of ferry doctor, and their findings. A check takes facts (host/facts_*.h, or looks at
 * channels), judges them, and says what to do. */
#ifndef DOCTOR_H
#define DOCTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <frameferry/frameferry.h>

#include "shared/line.h"

typedef enum doctor_level {
    DOCTOR_OK,
    DOCTOR_WARN, /* it works, and may fail or surprise */
    DOCTOR_FAIL  /* it does not work */
} doctor_level;

typedef struct doctor_finding {
    doctor_level level;
    const char *check;   /* the check's name */
    const char *channel; /* that it is about; NULL: none */
    const char *what;
    const char *advice; /* NULL: there is nothing to do */
} doctor_finding;

/* The facts about a channel, known once all have been looked at. */
typedef struct doctor_channel {
    char name[FERRY_NAME_MAX + 1];
    bool has_producer;     /* which lives, so that the channel may take more memory */
    uint64_t memory_bytes; /* that it takes now */
    uint64_t likely_bytes; /* that it takes when all slots have a frame like the newest one */
    uint64_t most_bytes;   /* when all slots are full */
} doctor_channel;

typedef struct doctor {
    const char *name; /* the channel that was asked for; NULL: all */
    /* All channels that could be looked at. */
    doctor_channel *channels;
    size_t channel_count;
    /* Gets each finding. */
    void (*deliver)(void *argument, const doctor_finding *finding);
    void *argument;
    /* The finding that is being written. */
    const char *check;
    const char *channel;
    doctor_level level;
    bool has_finding, has_no_memory;
    app_line what, advice;
} doctor;

/* Begins a finding of the check that is running; the one before is delivered. */
void doctor_find(doctor *d, doctor_level level, const char *format, ...) FERRYI_PRINTF(3, 4);

/* Puts more behind it. */
void doctor_find_more(doctor *d, const char *format, ...) FERRYI_PRINTF(2, 3);

/* Says what to do about it; more of it is put behind. */
void doctor_advise(doctor *d, const char *format, ...) FERRYI_PRINTF(2, 3);

/* Delivers the last finding. */
void doctor_finish(doctor *d);

/* Puts a finding into a line, for people, or as an object of docs/json.md. */
void doctor_put_text(app_line *line, const doctor_finding *finding);
void doctor_put_json(app_line *line, const doctor_finding *finding);

/* Bytes for people, such as 1.5 MiB. */
#define DOCTOR_SIZE_BYTES 32
const char *doctor_size(char out[DOCTOR_SIZE_BYTES], uint64_t bytes);

/* The checks. */
void doctor_check_kernel(doctor *d);
void doctor_check_proc(doctor *d);
void doctor_check_limits(doctor *d);
void doctor_check_memory(doctor *d);
void doctor_check_room(doctor *d);
void doctor_check_cgroup(doctor *d);
void doctor_check_login(doctor *d);
void doctor_check_cameras(doctor *d);
void doctor_check_objects(doctor *d);
void doctor_check_channels(doctor *d);

/* Looks at all channels, or at the one that was asked for, for the checks of memory. */
void doctor_look_at_channels(doctor *d);

/* Judges a look at one channel: doctor_judge.c. */
void doctor_judge(doctor *d, const char *name, const ferry_peek *peek);

#endif
