/* Work in several threads whose results come back in the order in which it was given.
 *
 * One thread, the owner, gives jobs and takes them back; all calls are its. A job is memory of the
 * owner's kind: it is the owner's until it is submitted, a worker's until it is finished, and the
 * owner's again from there on. It is used again and again: what a job has allocated it may keep. */
#ifndef CONSUMER_WORKERS_H
#define CONSUMER_WORKERS_H

#include <stdbool.h>
#include <stddef.h>

typedef struct workers workers;

typedef struct workers_plan {
    unsigned threads; /* at least 1 */
    size_t job_bytes; /* of a job, which is all zero at first */

    void (*work)(void *job);        /* in a worker */
    void (*discard)(void *job);     /* frees what a job has, when the workers are closed */
    void (*notify)(void *argument); /* the oldest job is finished; called by a worker, with a
                                       lock held: shall only wake the owner up */
    void *argument;                 /* of notify */
} workers_plan;

/* Starts the threads; fewer, if the system has no room for as many. NULL: no memory, or no thread
 * at all. The caller ends it with workers_close. */
workers *workers_open(const workers_plan *plan);

/* A job to fill and submit. NULL: there is none as long as so many jobs, at most as many as there
 * are threads, are not finished, or finished ones wait for being taken back. Asking again gives the
 * same one until it is submitted. */
void *workers_place(workers *w, unsigned limit);

/* Hands over the job that workers_place gave last. */
void workers_submit(workers *w);

/* The oldest job, if it is finished; NULL: it is not, or there is none. Stays the oldest until
 * workers_retire. */
void *workers_finished(workers *w);
void workers_retire(workers *w);

/* Blocks until the oldest job is finished, or workers_place would give one. Returns at once when
 * there is no job. */
void workers_wait(workers *w, unsigned limit);

/* Jobs that are submitted and not retired. */
size_t workers_count(const workers *w);

/* Waits for what has been submitted, ends the threads, frees everything. NULL is accepted. */
void workers_close(workers *w);

#endif
