/* Saves frames in worker threads. A frame is encoded where it lies in shared memory and released
 * when the encoder has read it, so that receiving goes on meanwhile. All calls are for one thread.
 */
#ifndef APP_SAVER_H
#define APP_SAVER_H

#include <stdbool.h>
#include <stdint.h>

#include <frameferry/frameferry.h>

#include "shared/save_path.h"
#include "shared/workers.h"

#define APP_SAVER_JOBS_MAX 64

/* One frame: either frame holds it in place, or copy has a copy. */
typedef struct app_save_job {
    /* Filled in by the caller. The last two are only kept for it. */
    ferry_consumer *consumer; /* where frame is released; NULL: it is in copy, or released */
    ferry_frame frame;
    ferry_image copy;
    ferry_frame_info info; /* with the number that the file is named after */
    uint64_t receive_ns;
    uint64_t skipped;

    /* The result. FERRY_OK: the file at path is complete. FERRY_OVERRUN: there is none, since the
     * frame was overwritten meanwhile. Else error.message says what failed. */
    ferry_status status;
    ferry_error error;
    char *path;

    /* Private. */
    size_t path_bytes;
    bool makes_folder;
    bool may_replace;
} app_save_job;

typedef struct app_saver {
    app_workers *workers; /* of save_jobs; NULL: closed */
    app_save_pattern pattern;
    const char *channel;
    uint64_t time_us; /* of the last frame, so that no two have the same */

    /* File numbers continue after the files that exist: a file has its frame's number, less first,
     * plus start. */
    bool may_replace;
    bool has_earlier; /* files were found when the directory was scanned */
    bool has_begun;   /* first is known */
    uint64_t first;
    uint64_t start;
    char last[256]; /* the name of a file with the highest number there is; may be cut off */
    char *begin;    /* the path of the first file, when there were earlier ones */
} app_saver;

/* Creates the directory that all files have in common, scans it for files of earlier recordings
 * unless those may be replaced, and starts as many threads as jobs says. A pattern that is a single
 * file gets one thread, so that no frame is replaced by an older one. notify is called from a
 * worker when the oldest frame that has been submitted is finished. False: failed, which has been
 * reported. */
bool app_saver_open(app_saver *out, const app_save_pattern *pattern, const char *channel,
                    bool may_replace, unsigned jobs, void (*notify)(void *argument),
                    void *argument);

/* Gives the job of app_workers_place a path and submits it. False: no memory, or no number for the
 * file, which has been reported; the frame is still in hand. */
bool app_saver_submit(app_saver *s, app_save_job *job);

/* The path of the first file below the directory that all have in common, when its number continues
 * after files of earlier recordings; else NULL. */
const char *app_saver_went_on_from(const app_saver *s);

/* Waits for frames that are being saved, and frees everything. A saver that is all zeros is
 * accepted. */
void app_saver_close(app_saver *s);

#endif
