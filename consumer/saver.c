#include "saver.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <frameferry/host.h>
#include <frameferry/image.h>

#include "message.h"

/* ---- in a worker ---- */

static ferry_status give_back(save_job *job) {
    ferry_consumer *consumer = job->consumer;
    job->consumer = NULL;
    return consumer == NULL ? FERRY_OK : ferry_consumer_release(consumer, &job->frame);
}

static ferry_status confirm(void *argument) {
    return give_back(argument);
}

static ferry_status make_folder(save_job *job) {
    size_t length = save_path_directory(job->path);
    if (length == 0)
        return FERRY_OK;
    char behind = job->path[length];
    job->path[length] = '\0';
    ferry_status status = ferryi_host_make_directories(job->path, &job->error);
    job->path[length] = behind;
    return status;
}

static void encode(void *argument) {
    save_job *job = argument;
    const uint8_t *pixels = job->consumer != NULL ? job->frame.pixels : job->copy.pixels;
    ferry_image_save_options options = FERRY_IMAGE_SAVE_OPTIONS_INIT;
    options.confirm = confirm;
    options.argument = job;
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
    save_job *job = argument;
    ferry_image_free(&job->copy);
    free(job->path);
}

/* ---- in the main thread ---- */

static bool make_common_folder(const save_pattern *pattern, const char *channel) {
    size_t length = save_pattern_directory(pattern, channel, NULL, 0);
    if (length == 0)
        return true;
    ferry_error error;
    char *path = malloc(length + 1);
    if (path == NULL) {
        ferryi_message_fail("out of memory");
        return false;
    }
    save_pattern_directory(pattern, channel, path, length + 1);
    ferry_status status = ferryi_host_make_directories(path, &error);
    if (status != FERRY_OK)
        ferryi_message_fail("%s", error.message);
    free(path);
    return status == FERRY_OK;
}

bool saver_open(saver *out, const save_pattern *pattern, const char *channel, unsigned jobs,
                void (*notify)(void *argument), void *argument) {
    *out = (saver){.pattern = *pattern, .channel = channel};
    if (!make_common_folder(pattern, channel))
        return false;
    const workers_plan plan = {.threads = pattern->is_one_file ? 1 : jobs,
                               .job_bytes = sizeof(save_job),
                               .work = encode,
                               .discard = discard,
                               .notify = notify,
                               .argument = argument};
    out->workers = workers_open(&plan);
    if (out->workers == NULL)
        ferryi_message_fail("cannot start a thread that saves: out of memory, or too many threads");
    return out->workers != NULL;
}

/* Microseconds on the wall clock, later than the last time however the clock is set. */
static uint64_t next_time(saver *s) {
    uint64_t time_us = ferryi_host_wall_clock_us();
    s->time_us = time_us > s->time_us ? time_us : s->time_us + 1;
    return s->time_us;
}

bool saver_submit(saver *s, save_job *job) {
    const save_words words = {
        .channel = s->channel, .frame = job->info.number, .time_us = next_time(s)};
    size_t bytes = save_pattern_expand(&s->pattern, &words, job->path, job->path_bytes) + 1;
    if (bytes > job->path_bytes) {
        char *grown = realloc(job->path, bytes);
        if (grown == NULL) {
            ferryi_message_fail("out of memory");
            return false;
        }
        job->path = grown;
        job->path_bytes = bytes;
        save_pattern_expand(&s->pattern, &words, job->path, job->path_bytes);
    }
    job->makes_folder = s->pattern.makes_folders;
    job->receipt.info = &job->info;
    job->receipt.file = job->path;
    workers_submit(s->workers);
    return true;
}

void saver_close(saver *s) {
    workers_close(s->workers);
    s->workers = NULL;
}
