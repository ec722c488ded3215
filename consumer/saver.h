/* Saving frames in worker threads: what a frame needs on its way to a file.
 *
 * Frames are encoded where they lie in shared memory and released when the encoder has read them,
 * so that receiving goes on meanwhile. For the main thread. */
#ifndef CONSUMER_SAVER_H
#define CONSUMER_SAVER_H

#include <stdbool.h>
#include <stdint.h>

#include <frameferry/frameferry.h>

#include "save_path.h"
#include "sinks/sink.h"
#include "workers.h"

#define SAVER_JOBS_MAX 64

/* One frame. Either frame holds it in place, or copy has a copy. */
typedef struct save_job {
    ferry_consumer *consumer; /* that frame is released to; NULL: it is in copy, or released */
    ferry_frame frame;
    ferry_image copy;
    ferry_frame_info info; /* what goes out: with the number that the file has */
    receipt receipt;       /* points to info and path */
    char *path;
    size_t path_bytes;
    bool makes_folder;
    bool may_replace;
    ferry_status status; /* FERRY_OK: saved. FERRY_OVERRUN: no file, since the frame was
                            overwritten meanwhile. Else error.message says what failed */
    ferry_error error;
} save_job;

typedef struct saver {
    workers *workers; /* of save_jobs; NULL: closed */
    save_pattern pattern;
    const char *channel;
    uint64_t time_us; /* of the last frame, so that no two have the same */

    /* Files go on behind those that are there: a frame's file has its number less first, and start
     * on top. */
    bool may_replace;
    bool has_earlier; /* files were found when the directory was looked through */
    bool has_begun;   /* first is known */
    uint64_t first;
    uint64_t start;
    char last[256]; /* the name of a file behind whose number there is none; may be cut off */
    char *begin;    /* the path of the first file, when there were earlier ones */
} saver;

/* Makes the directory that all files have in common, looks through it for files of earlier
 * recordings unless those may be replaced, and starts so many threads; one only for a pattern that
 * is a single file, where a frame must not be replaced by an older one. notify is called from
 * workers when a frame is finished and all before it are. False: failed, which has been reported.
 */
bool saver_open(saver *out, const save_pattern *pattern, const char *channel, bool may_replace,
                unsigned jobs, void (*notify)(void *argument), void *argument);

/* Gives the job of workers_place a path and submits it: frame and consumer, or copy, and receipt
 * are filled, info too. False: no memory, or no number for the file, which has been reported; the
 * frame is still in hand. */
bool saver_submit(saver *s, save_job *job);

/* The path of the first file behind the directory that all have in common, when files went on
 * behind those of earlier recordings; else NULL. */
const char *saver_went_on_from(const saver *s);

/* Waits for what is under way. */
void saver_close(saver *s);

#endif
