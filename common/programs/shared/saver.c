#include "shared/saver.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <frameferry/consumer.h>
#include <frameferry/image.h>

#include "host/host.h"
#include "shared/message.h"

/* ---- in a worker ---- */

static ferry_status give_back(app_save_job *job) {
    ferry_consumer *consumer = job->consumer;
    job->consumer = NULL;
    return consumer == NULL ? FERRY_OK : ferry_consumer_release(consumer, &job->frame);
}

static ferry_status confirm(void *argument) {
    return give_back(argument);
}

static ferry_status make_folder(app_save_job *job) {
    size_t length = app_save_path_directory(job->path);
    if (length == 0)
        return FERRY_OK;
    char behind = job->path[length];
    job->path[length] = '\0';
    ferry_status status = host_make_directories(job->path, &job->error);
    job->path[length] = behind;
    return status;
}

static void encode(void *argument) {
    app_save_job *job = argument;
    const uint8_t *pixels = job->consumer != NULL ? job->frame.pixels : job->copy.pixels;
    ferry_image_save_options options = FERRY_IMAGE_SAVE_OPTIONS_INIT;
    options.confirm = confirm;
    options.argument = job;
    options.must_be_new = !job->may_replace;
    job->error.message[0] = '\0';
    job->status = job->makes_folder ? make_folder(job) : FERRY_OK;
    if (job->status == FERRY_OK)
        job->status = ferry_image_save(job->path, &job->info, pixels, &options, &job->error);
    give_back(job); /* if it failed before it came to that */
    if (job->status != FERRY_OK && job->error.message[0] == '\0')
        snprintf(job->error.message, sizeof job->error.message, "%s",
                 ferry_status_text(job->status));
}

static void discard(void *argument) {
    app_save_job *job = argument;
    ferry_image_free(&job->copy);
    free(job->path);
}

/* ---- in the main thread ---- */

static void see_name(void *argument, const char *name, bool is_directory) {
    app_saver *s = argument;
    uint64_t number;
    if (is_directory != s->pattern.makes_folders ||
        !app_save_pattern_match(&s->pattern, s->channel, name, &number))
        return;
    if (number == UINT64_MAX)
        snprintf(s->last, sizeof s->last, "%s", name);
    if (!s->has_earlier || number > s->start)
        s->start = number;
    s->has_earlier = true;
}

/* Files that cannot be seen here are found one by one, and are not replaced either. */
static bool find_start(app_saver *s, const char *folder) {
    ferry_error error;
    if (host_visit_directory(folder, see_name, s, &error) != FERRY_OK)
        app_message_warn("%s; existing files are kept", error.message);
    if (s->has_earlier && s->start == UINT64_MAX) {
        app_message_fail(
            "no file number is left in %s after %s: save to another directory, or use --overwrite",
            folder, s->last);
        return false;
    }
    if (s->has_earlier)
        s->start++;
    return true;
}

static bool prepare_folder(app_saver *s) {
    size_t length = app_save_pattern_directory(&s->pattern, s->channel, NULL, 0);
    bool counts = s->pattern.is_counted && !s->may_replace;
    if (length == 0)
        return !counts || find_start(s, ".");
    ferry_error error;
    char *path = malloc(length + 1);
    if (path == NULL) {
        app_message_fail("out of memory");
        return false;
    }
    app_save_pattern_directory(&s->pattern, s->channel, path, length + 1);
    bool done = host_make_directories(path, &error) == FERRY_OK;
    if (!done)
        app_message_fail("%s", error.message);
    else if (counts)
        done = find_start(s, path);
    free(path);
    return done;
}

bool app_saver_open(app_saver *out, const app_save_pattern *pattern, const char *channel,
                    bool may_replace, unsigned jobs, void (*notify)(void *argument),
                    void *argument) {
    *out = (app_saver){.pattern = *pattern, .channel = channel};
    out->may_replace = may_replace || pattern->is_one_file;
    if (!prepare_folder(out))
        return false;
    const app_workers_plan plan = {.threads = pattern->is_one_file ? 1 : jobs,
                                   .job_bytes = sizeof(app_save_job),
                                   .work = encode,
                                   .discard = discard,
                                   .notify = notify,
                                   .argument = argument};
    out->workers = app_workers_open(&plan);
    if (out->workers == NULL)
        app_message_fail("cannot start a thread that saves: out of memory, or too many threads");
    return out->workers != NULL;
}

/* Microseconds on the wall clock, later than the last time however the clock is set. */
static uint64_t next_time(app_saver *s) {
    uint64_t time_us = host_wall_clock_us();
    s->time_us = time_us > s->time_us ? time_us : s->time_us + 1;
    return s->time_us;
}

static bool fail_for_numbers(const app_save_job *job) {
    app_message_fail("no file number is left for frame %" PRIu64, job->info.number);
    return false;
}

/* Gives the job the path that its frame has by now. */
static bool name_file(app_saver *s, app_save_job *job) {
    uint64_t behind = job->info.number - s->first;
    if (job->info.number < s->first || behind > UINT64_MAX - s->start)
        return fail_for_numbers(job);
    const app_save_values values = {
        .channel = s->channel, .frame = s->start + behind, .time_us = next_time(s)};
    size_t bytes = app_save_pattern_expand(&s->pattern, &values, job->path, job->path_bytes) + 1;
    if (bytes > job->path_bytes) {
        char *grown = realloc(job->path, bytes);
        if (grown == NULL) {
            app_message_fail("out of memory");
            return false;
        }
        job->path = grown;
        job->path_bytes = bytes;
        app_save_pattern_expand(&s->pattern, &values, job->path, job->path_bytes);
    }
    return true;
}

/* NULL: no memory, and then the summary says less. */
static char *copy_text(const char *text) {
    size_t bytes = strlen(text) + 1;
    char *copy = malloc(bytes);
    return copy == NULL ? NULL : memcpy(copy, text, bytes);
}

/* Whether there were files of earlier recordings. */
static bool goes_on(const app_saver *s) {
    return s->pattern.is_counted && (s->has_earlier || s->start != s->first);
}

/* Skips files that were created since the directory was scanned. A file that is created between
 * this look and the moment when ours gets its name makes saving fail. */
static bool choose_file(app_saver *s, app_save_job *job) {
    if (!s->has_begun) {
        s->first = job->info.number;
        if (!s->has_earlier || s->first > s->start)
            s->start = s->first; /* a frame that is behind all that is there keeps its number */
    }
    if (!name_file(s, job))
        return false;
    while (!s->may_replace && host_exists(job->path)) {
        if (s->start++ == UINT64_MAX)
            return fail_for_numbers(job);
        if (!name_file(s, job))
            return false;
    }
    if (!s->has_begun && goes_on(s))
        s->begin =
            copy_text(job->path + app_save_pattern_directory(&s->pattern, s->channel, NULL, 0));
    s->has_begun = true;
    return true;
}

bool app_saver_submit(app_saver *s, app_save_job *job) {
    if (!choose_file(s, job))
        return false;
    job->makes_folder = s->pattern.makes_folders;
    job->may_replace = s->may_replace;
    app_workers_submit(s->workers);
    return true;
}

const char *app_saver_went_on_from(const app_saver *s) {
    const char *path = s->begin;
    while (path != NULL && host_is_separator(*path))
        path++;
    return path;
}

void app_saver_close(app_saver *s) {
    app_workers_close(s->workers);
    s->workers = NULL;
    free(s->begin);
    s->begin = NULL;
}
