/* A pool of threads that returns jobs in the order in which they were submitted.
 *
 * One thread, the owner, gives jobs and takes them back; all calls are its. A job is memory of the
 * owner's kind: it is the owner's until it is submitted, a worker's until it is finished, and the
 * owner's again from there on. It is used again and again: what a job has allocated it may keep. */
#ifndef APP_WORKERS_H
#define APP_WORKERS_H

#include <stdbool.h>
#include <stddef.h>

typedef struct app_workers app_workers;

typedef struct app_workers_plan {
    unsigned threads; /* at least 1 */
    size_t job_bytes; /* of a job, which is all zero at first */

    void (*work)(void *job);        /* in a worker */
    void (*discard)(void *job);     /* frees what a job has, when the workers are closed */
    void (*notify)(void *argument); /* the oldest job is finished; called by a worker, with a lock
                                       held: may only wake the owner */
    void *argument;                 /* of notify */
} app_workers_plan;

/* Starts the threads; fewer, if the system has no room for as many. NULL: no memory, or no thread
 * at all. The caller ends it with app_workers_close. */
app_workers *app_workers_open(const app_workers_plan *plan);

/* A job to fill and submit. NULL: limit jobs, or as many as there are threads, are not finished, or
 * too many finished ones have not been retired. Asking again gives the same job until it is
 * submitted. */
void *app_workers_place(app_workers *w, unsigned limit);

/* Hands over the job that app_workers_place gave last. */
void app_workers_submit(app_workers *w);

/* The oldest job, if it is finished; NULL: it is not, or there is none. Stays the oldest until
 * app_workers_retire. */
void *app_workers_finished(app_workers *w);
void app_workers_retire(app_workers *w);

/* Blocks until the oldest job is finished, or app_workers_place would give one. Returns at once
 * when there is no job. */
void app_workers_wait(app_workers *w, unsigned limit);

/* Jobs that are submitted and not retired. */
size_t app_workers_count(const app_workers *w);

/* Waits for what has been submitted, ends the threads, frees everything. NULL is accepted. */
void app_workers_close(app_workers *w);

#endif
